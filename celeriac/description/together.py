"""Loads a description with an inventory and reports the problems of both at once."""

from __future__ import annotations

from pathlib import Path

from celeriac.description import hosts, loading, placement
from celeriac.description import inventory as inventory_file
from celeriac.description.inventory import INVENTORIES, Inventory
from celeriac.description.model import Description
from celeriac.description.problems import InputError, Problem
from celeriac.description.validation import Validated

# What a description must have right before its place in an inventory means anything.
_PLACED = frozenset({"application", "connections", "pools", "web", "beat", "relay"})


def load_both(
    path: Path, environment: str, inventories: Path = INVENTORIES
) -> tuple[Description, Inventory]:
    """Return both. Raises `InputError` with everything wrong with either."""
    found, problems = _description(path)
    inventory, others = _inventory(environment, inventories)
    if found and inventory and not others and not found.broken & _PLACED:
        problems += placement.check(found.description, inventory)
    if found is None or inventory is None or problems or others:
        raise InputError(path, problems, others)
    return found.description, inventory


def _description(path: Path) -> tuple[Validated | None, list[Problem]]:
    try:
        found = loading.examine(path)
    except InputError as error:
        return None, error.problems
    return found, list(found.problems)


def _inventory(environment: str, folder: Path) -> tuple[Inventory | None, InputError | None]:
    try:
        inventory = inventory_file.read(environment, folder)
    except InputError as error:
        return None, error
    problems = hosts.check(inventory)
    return inventory, InputError(inventory.file, problems) if problems else None
