"""What a service needs, decided from what systemd says of it and from its files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.modules.loading import shared

services = shared("celeriac_service_state")
BEGUN, CHANGED = 1_000_000, 1_000_100  # seconds: the start began; the last start or reload ended
OLD, BETWEEN, NEW = BEGUN - 0.5, BEGUN + 0.5, CHANGED + 0.5


@pytest.mark.parametrize(
    ("active", "enabled", "file", "reload_file", "needed"),
    [
        ("active", "enabled", OLD, OLD, []),
        ("active", "enabled", OLD, BETWEEN, []),
        ("active", "enabled", OLD, NEW, ["reload"]),
        ("active", "enabled", BETWEEN, OLD, ["restart"]),
        ("active", "enabled", NEW, NEW, ["restart"]),
        ("active", "disabled", OLD, OLD, ["enable"]),
        ("active", "enabled-runtime", NEW, OLD, ["restart", "enable"]),
        ("active", "static", OLD, OLD, []),
        ("inactive", "disabled", NEW, NEW, ["start", "enable"]),
        ("failed", "enabled", OLD, OLD, ["start"]),
    ],
)
def test_what_a_service_needs(
    tmp_path: Path, active: str, enabled: str, file: float, reload_file: float, needed: list[str]
) -> None:
    service = {
        "files": [written(tmp_path / "settings", file), str(tmp_path / "missing")],
        "reload_files": [written(tmp_path / "rules", reload_file)],
    }
    assert services.verbs(state(active, enabled), service, []) == needed


def test_what_check_mode_would_have_written_counts_as_younger() -> None:
    service = {"files": ["/settings"], "reload_files": ["/rules"]}
    running = state("active", "enabled")
    assert services.verbs(running, service, ["/rules"]) == ["reload"]
    assert services.verbs(running, service, ["/rules", "/settings"]) == ["restart"]
    assert services.verbs(running, service, ["/other"]) == []


def test_a_time_is_read_as_systemd_writes_it() -> None:
    assert services.seconds("Sun 2026-11-22 08:53:39.180109 UTC") == 1795337619.180109
    assert services.seconds("") == 0


def written(path: Path, time: float) -> str:
    path.touch()
    os.utime(path, (time, time))
    return str(path)


def state(active: str, enabled: str) -> dict[str, str]:
    return {
        "ActiveState": active,
        "UnitFileState": enabled,
        "InactiveExitTimestamp": "Mon 1970-01-12 13:46:40.000000 UTC",
        "StateChangeTimestamp": "Mon 1970-01-12 13:48:20.000000 UTC",
    }
