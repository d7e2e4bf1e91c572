"""The derived document of what was deployed last: the release that is in force, as it was set up."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from celeriac.derive.document import build
from celeriac.description.inventory import Inventory
from celeriac.description.together import load_both
from celeriac.release import going_back, history, order, steps
from celeriac.release.going_back import Refused


def document(
    inventory: Inventory,
    entries: list[history.Entry],
    records: Mapping[str, str],
    file: Path,
    inventories: Path,
) -> dict[str, Any]:
    """Return it, with today's inventory and the `celeriac.yml` of the last deploy.

    That is the one that the release was built with, or ``file`` where only settings were changed
    since. Raises `Refused` where it is neither, or nothing is in force; `InputError` where it does
    not fit the inventory.
    """
    release = history.current(entries)
    if release is None:
        raise Refused("Nothing was deployed yet. Deploy first.")
    found = going_back.document(inventory, release, records)
    deployed = history.description(entries)
    if deployed in (None, found["build"]["description_sha256"]):
        # None: the last deploy failed, and which settings are where nobody knows.
        return _deployed(found)
    if hashlib.sha256(file.read_bytes()).hexdigest() != deployed:
        raise Refused(
            f"{file} is not the one that was deployed last, and {release} was built with another one "
            "still. Check out the commit that was deployed, or deploy this one."
        )
    description, _ = load_both(file, inventory.environment, inventories)
    ours: dict[str, Any] = build(description, inventory)["celeriac"]
    steps.place_all(ours, inventory.groups)
    ours["build"]["known"] = found["build"]["known"]
    ours["build"]["description_sha256"] = deployed
    return _deployed(ours)


def _deployed(document: dict[str, Any]) -> dict[str, Any]:
    """Add what a deploy of it would ask: everywhere, with an archive that is there."""
    order.place(document)
    document["build"]["expected"] = document["build"]["known"]
    # They were compared with the code's tasks when that was deployed.
    document["queue_tasks"] = {}
    return document
