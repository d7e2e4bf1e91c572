"""A release that was put back on a new build host: who knows what of the releases before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from celeriac.cli.known import Known
from celeriac.description.inventory import Inventory
from celeriac.environments import Environment
from celeriac.release.hosts import Seen

OLD, NAME = "20261121T120000-89abcdef01", "20261122T120000-0123456789"


@pytest.mark.parametrize(
    ("seen", "own"),
    [
        ({}, "here"),
        ({"builder": Seen()}, "here"),
        ({"builder": Seen(records={NAME: "there"})}, "there"),
    ],
)
def test_records_that_came_here_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: dict[str, Seen], own: str
) -> None:
    """Releases older than the one that was put back have none on the new build host."""
    monkeypatch.setattr("celeriac.environments.STATE", tmp_path)
    folder = tmp_path / "cache" / "releases" / "shop"
    folder.mkdir(parents=True)
    for name in (OLD, NAME):
        (folder / f"{name}.json").write_text("here")
    inventory = Inventory(
        file=tmp_path, environment="test", groups={"build": ["builder"]}, hosts={}, variables={}
    )
    at = Known(Environment("test", tmp_path), inventory, {"application": "shop"}, "one")
    assert at.records(seen) == {OLD: "here", NAME: own}
