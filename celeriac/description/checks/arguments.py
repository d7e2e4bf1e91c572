"""Arguments that would fight with those that celeriac derives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from celeriac.description.model import Description
from celeriac.description.problems import Problem

# Option to the key that sets it; None: it may not be set at all.
_WORKER = {
    ("-Q", "--queues"): "queues",
    ("-c", "--concurrency"): "concurrency",
    ("-P", "--pool"): "class",
    ("--prefetch-multiplier",): "prefetch",
    ("--soft-time-limit",): "soft_time_limit",
    ("--time-limit",): "time_limit",
    ("--max-tasks-per-child",): "max_tasks_per_child",
    ("-n", "--hostname"): None,
    ("-D", "--detach"): None,
    ("-E", "--task-events", "--events"): None,
}
_WEB = {
    ("-w", "--workers"): "processes",
    ("--threads",): "threads",
    ("-b", "--bind"): None,
    ("-m", "--umask"): None,
    ("-D", "--daemon"): None,
}


def worker(description: Description, folder: Path) -> Iterator[Problem]:
    """More arguments of a worker, beside the derived ones."""
    for name, pool in description.pools.items():
        yield from _clashes(f"pools/{name}", "arguments", pool.arguments, _WORKER)


def web(description: Description, folder: Path) -> Iterator[Problem]:
    """The web command is gunicorn's: it tells systemd when it is ready."""
    if description.web is None:
        return
    command = description.web.command
    if not any(PurePosixPath(word).name == "gunicorn" for word in command[:3]):
        remedy = (
            'Write [gunicorn, "project.wsgi:application"]; '
            "for ASGI add -k and a worker class, such as uvicorn's."
        )
        yield Problem("web/command", "not a gunicorn command", remedy)
    yield from _clashes("web", "command", command, _WEB)


def _clashes(
    where: str, key: str, arguments: list[str], derived: dict[tuple[str, ...], str | None]
) -> Iterator[Problem]:
    setter = {option: key for options, key in derived.items() for option in options}
    for index, argument in enumerate(arguments):
        option = argument.partition("=")[0] if argument.startswith("--") else argument[:2]
        if option in setter:
            own = setter[option]
            remedy = f"Remove it and set {where}/{own}." if own else "Remove it."
            yield Problem(
                f"{where}/{key}/{index}", f"{option} clashes with what celeriac sets", remedy
            )
