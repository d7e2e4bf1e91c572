"""What a unit needs, decided from what systemd says of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.modules.loading import module

units = module("celeriac_units")
STARTED = 1_000_000


@pytest.mark.parametrize(
    ("active", "enabled", "age_of_file", "needed"),
    [
        ("inactive", "disabled", -10, "start"),
        ("failed", "enabled", -10, "start"),
        ("activating", "enabled", -10, "start"),
        ("active", "enabled", -10, None),
        ("active", "enabled", 0, None),
        ("active", "enabled", 10, "restart"),
        ("active", "disabled", -10, "enable"),
        ("active", "disabled", 10, "restart"),
    ],
)
def test_what_a_unit_needs(
    tmp_path: Path, active: str, enabled: str, age_of_file: int, needed: str | None
) -> None:
    file = tmp_path / "celeriac.conf"
    file.touch()
    os.utime(file, (STARTED + age_of_file,) * 2)
    state = {"ActiveState": active, "UnitFileState": enabled, "ActiveEnterTimestamp": f"@{STARTED}"}
    assert units.action(state, [str(file), str(tmp_path / "missing")]) == needed
