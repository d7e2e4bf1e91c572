"""What a rollback needs: the document of a release that was built earlier, and that it is there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from celeriac.derive.document import build
from celeriac.description.inventory import Inventory
from celeriac.release import history, steps
from celeriac.release.hosts import Seen
from celeriac.release.records import Record

# What provisioning makes for one application, beside hosts and services themselves.
_SERVICES = ("broker", "database", "database_connections", "cache")


class Refused(Exception):
    """A rollback that is not begun; the message says why and what to do."""


def unfinished(running: Iterable[str], entries: list[history.Entry]) -> bool:
    """Whether a release runs that the last deploy did not put in force: it was cut off, or a canary.

    It may be one that was in force earlier, and was to come again.
    """
    last = history.last_tried(entries)
    again = (
        last["release"] if last and last["what"] == "deploy" and last["result"] != "done" else None
    )
    return bool(
        {*running} & {again} - {history.current(entries)}
        or {*running} - {*history.deployed(entries)}
    )


def document(inventory: Inventory, release: str, records: Mapping[str, str]) -> dict[str, Any]:
    """Return the derived document of a release, from its own description and today's inventory.

    Raises:
        Refused: there is no record of it, or a damaged one.
        InputError: the description has no place in the inventory.

    """
    text = records.get(release)
    record = Record.read(text) if text is not None else None
    if record is None:
        state = "a damaged record" if text is not None else "no record"
        raise Refused(f"There is {state} of {release}. Deploy its code again instead.")
    found = _derived(record, inventory)
    found["build"]["known"] = record.archive
    found["build"]["description_sha256"] = _sha256(record)
    return found


def check_hosts(release: str, serving: Iterable[str], seen: Mapping[str, Seen]) -> None:
    """Raise `Refused` unless every host with something to run has the release."""
    without = [host for host in serving if release not in seen[host].releases]
    if without:
        raise Refused(
            f"{release} is not on {', '.join(without)}. Deploy its code again instead: what is "
            "built is not built twice."
        )


def provisioned(
    inventory: Inventory,
    entries: list[history.Entry],
    records: Mapping[str, str],
    document: Mapping[str, Any],
) -> bool:
    """Whether broker, database and cache are certainly as the document wants them.

    They are as the last deploy or rollback left them. If that was cut off, or if its description
    is in no record, nobody knows.
    """
    sha256 = history.description(entries)
    if sha256 is None:
        return False
    if sha256 == document["build"]["description_sha256"]:
        return True
    found = (Record.read(text) for text in records.values())
    last = next((record for record in found if record and _sha256(record) == sha256), None)
    return last is not None and _services(_derived(last, inventory)) == _services(document)


def _derived(record: Record, inventory: Inventory) -> dict[str, Any]:
    found: dict[str, Any] = build(record.description(inventory), inventory)["celeriac"]
    steps.place_all(found, inventory.groups)
    return found


def _services(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what provisioning reads of a document."""
    users = {
        (host, process["database"]["user"])
        for host, placed in document["hosts"].items()
        for process in placed["processes"]
        if process["database"]
    }
    return {**{key: document[key] for key in _SERVICES}, "users": users}


def _sha256(record: Record) -> str | None:
    text = record.content.get("description")
    return hashlib.sha256(text.encode()).hexdigest() if isinstance(text, str) else None
