"""What was deployed, from the lines of the audit: oldest first, as they were written.

A line has ``when`` (UTC), ``who``, ``what`` (deploy, rollback, lock, unlock, restart, pause, resume,
drain, scale, maintenance, provision, rotate), ``release``, ``from``, ``result`` (done, failed,
refused), ``where``, ``seconds`` and ``message``; that of a deploy, rollback or provisioning whose
playbook ran also ``description``, the SHA-256 of its celeriac.yml, null where it was not done.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

Entry = dict[str, Any]


def read(text: str) -> list[Entry]:
    """Return the lines of an audit; half a line, left by a full disk or a crash, is left out."""
    found = []
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            found.append(entry)
    return found


def current(entries: list[Entry]) -> str | None:
    """Return the release that the last deploy or rollback that was done put in force."""
    return next((entry["release"] for entry in reversed(_done(entries))), None)


def before(entries: list[Entry], unfinished: bool = False) -> str | None:
    """Return the release to go back to; None if there is none.

    With ``unfinished``, where hosts run one that was never put in force, that is the current one.
    Else it is the one deployed before the current one was, so that going back twice goes back two.
    """
    now = current(entries)
    if unfinished and now is not None:
        return now
    deployed = [entry["release"] for entry in _done(entries) if entry["what"] == "deploy"]
    if now is not None and now in deployed:
        deployed = deployed[: _last(deployed, now)]
    return next((release for release in reversed(deployed) if release != now), None)


def protected(entries: list[Entry], release: str) -> list[str]:
    """Return the releases that a prune after the deploy of ``release`` must leave.

    It, and the one to which a rollback without a name would go then.
    """
    done = {"what": "deploy", "result": "done", "release": release}
    back = before([*entries, done])
    return [release, *([back] if back else [])]


def description(entries: Iterable[Entry]) -> str | None:
    """Return the SHA-256 of the description to which the services were made; None if unknown.

    One that failed may have changed them or not, and so may one that was refused later than that; one
    that only provisioned with another description has made them fit a release that may never come.
    """
    found: str | None = None
    for entry in entries:
        if entry.get("result") == "refused" and "description" not in entry:
            continue
        own = entry.get("description") if entry.get("result") == "done" else None
        if entry.get("what") in ("deploy", "rollback"):
            found = str(own) if own else None
        elif entry.get("what") == "provision" and own != found:
            found = None
    return found


def last_tried(entries: Iterable[Entry]) -> Entry | None:
    """Return the last deploy or rollback whose playbook ran."""
    tried = [
        entry
        for entry in entries
        if entry.get("what") in ("deploy", "rollback")
        and (entry.get("result") != "refused" or "description" in entry)
    ]
    return tried[-1] if tried else None


def deployed(entries: Iterable[Entry]) -> dict[str, str]:
    """Return each release to when it was put in force last."""
    return {entry["release"]: entry["when"] for entry in _done(entries)}


def _done(entries: Iterable[Entry]) -> list[Entry]:
    return [
        entry
        for entry in entries
        if entry.get("what") in ("deploy", "rollback")
        and entry.get("result") == "done"
        and entry.get("release")
    ]


def _last(items: list[str], item: str) -> int:
    return len(items) - 1 - items[::-1].index(item)
