"""Tells a fault of the application from a service that is away, and says which it was."""

import traceback
from collections.abc import Iterator
from pathlib import Path

from celeriac.worker.errors import DOES_NOT_LOAD, SERVICE_AWAY

# By name: drivers and Django each have their own, and the launcher imports none.
# Their base, DatabaseError, is also that of wrong SQL and of a table that is missing.
_SERVICE_ERRORS = {"OperationalError", "InterfaceError"}
_FRAMES = 5


def exit_status(error: BaseException) -> int:
    """SERVICE_AWAY where a refused or timed-out connection is behind it, else DOES_NOT_LOAD."""
    return SERVICE_AWAY if any(map(_is_service_away, _behind(error))) else DOES_NOT_LOAD


def explain(error: BaseException, application: Path) -> str:
    """The place in the application, its line, and the error: what belongs at a log's end."""
    if isinstance(error, SystemExit):
        return f"the command ended with status {error.code}; its own message stands above"
    lines = [*_frames(error, application), *traceback.format_exception_only(error)]
    if error.__cause__:
        lines += ["caused by ", *traceback.format_exception_only(error.__cause__)]
    return "".join(lines).rstrip()


def _behind(error: BaseException) -> Iterator[BaseException]:
    """The error, then what it was raised from or while handling."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _is_service_away(error: BaseException) -> bool:
    if isinstance(error, ConnectionError | TimeoutError):
        return True
    names = {base.__name__ for base in type(error).__mro__}
    return bool(names & _SERVICE_ERRORS) or "gaierror" in names


def _frames(error: BaseException, application: Path) -> list[str]:
    """From the application's first line on; else, the last frames of all."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<frozen ")
    ]
    own = [n for n, frame in enumerate(frames) if Path(frame.filename).is_relative_to(application)]
    if own:
        return traceback.format_list(frames[own[0] :][-_FRAMES:])
    # A syntax error names its place itself.
    return [] if isinstance(error, SyntaxError) else traceback.format_list(frames[-2:])
