"""The hosts of the tests of the commands that look at a fleet serve those that steer it, too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from celeriac.cli.turn import Turn
from celeriac.derive import names
from tests.unit.fleet.conftest import hosts, running
from tests.unit.fleet.hosts import Hosts
from tests.unit.steering.scaled import Scaled

__all__ = ["hosts", "running", "shop"]


@pytest.fixture
def shop(running: Hosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scaled:
    scaled = Scaled(running, tmp_path)

    def run(self: Turn, playbooks: Sequence[str], variables: dict[str, Any], **_: Any) -> int:
        assert (self.what, list(playbooks)) == ("scale", ["take.yml", "provision.yml", "scale.yml"])
        scaled.runs.append(variables["celeriac"])
        return 0

    monkeypatch.setattr(Turn, "run", run)
    monkeypatch.setattr(names, "state", lambda application: f"{tmp_path}/state/{application}")
    monkeypatch.setattr("celeriac.release.hosts.ARCHIVES", f"{tmp_path}/archives")
    monkeypatch.setattr("celeriac.environments.STATE", tmp_path / "left")
    monkeypatch.setattr("celeriac.cli.prepared.ready", lambda *_: None)
    return scaled
