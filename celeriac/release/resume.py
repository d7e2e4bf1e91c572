"""What a deploy that was cut off has left: which release it was, and what runs where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from celeriac.release import history
from celeriac.release.hosts import Seen

# How many characters of the inputs' digest end the name of a release.
_DIGEST = 10


class Refused(Exception):
    """There is nothing to go on with, or not with these inputs; the message says what to do."""


def cut_off(entries: list[history.Entry], hosts: Mapping[str, Seen], application: str) -> str:
    """Return the release of the last deploy, if that did not put it in force everywhere.

    A control process that was killed left no line with its release; then it is the newest that
    hosts have and that never was in force.

    Raises:
        Refused: no deploy was cut off.

    """
    last = next((entry for entry in reversed(entries) if _tried(entry)), None)
    here = {name for seen in hosts.values() for name in _on(seen, application)}
    if last and last["result"] != "done" and last["release"]:
        told = {entry.get("release") for entry in entries}
        # Younger than it and in no line: a later deploy was killed.
        later = {name for name in here - told if name > last["release"]}
        return max([str(last["release"]), *later])
    # What was left behind before the last that came to its end is nobody's any more.
    since = history.current(entries) if last and last["result"] == "done" else None
    unfinished = {name for name in here - set(history.deployed(entries)) if name > (since or "")}
    if not unfinished:
        now = history.current(entries)
        raise Refused(
            f"No deploy was cut off{f': {now} is in force' if now else ''}. Deploy without --resume."
        )
    return max(unfinished)


def check_inputs(release: str, digest: str, records: Iterable[str]) -> None:
    """Raise `Refused` unless the inputs of now are those of the release, and it was built."""
    was, now = release.rpartition("-")[2], digest[:_DIGEST]
    if was != now:
        raise Refused(
            f"The inputs are not those of {release} any more ({was}, now {now}): its code, its lock or what "
            "celeriac.yml derives has changed. Check out what it was built from, or deploy without "
            "--resume, which builds what is here now."
        )
    if release not in records:
        raise Refused(f"{release} was never built to its end. Deploy without --resume.")


def standing(
    release: str | None, hosts: Mapping[str, Seen], application: str
) -> list[tuple[str, ...]]:
    """Return host, what runs, what finishes its work and what is shipped only, for a table."""
    rows: list[tuple[str, ...]] = []
    for host, seen in hosts.items():
        if seen.error:
            rows.append((host, f"does not answer: {seen.error}", "", ""))
            continue
        running, finishing = seen.running(application), seen.finishing(application)
        shipped = {release} & set(seen.releases) - running - finishing
        cells = (running, finishing, shipped)
        rows.append((host, *(", ".join(sorted(filter(None, cell))) for cell in cells)))
    return rows


def _tried(entry: history.Entry) -> bool:
    return entry.get("what") == "deploy" and entry.get("result") in ("done", "failed", "partly")


def _on(seen: Seen, application: str) -> set[str]:
    return {*seen.releases, *seen.running(application)}
