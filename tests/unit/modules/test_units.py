"""What a unit needs, decided from what systemd says of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

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
    assert units.action(state, [str(file), str(tmp_path / "missing")], []) == needed


@pytest.mark.parametrize(
    ("written", "restart", "needed"),
    [(["/a"], False, "restart"), (["/b"], False, None), ([], True, "restart")],
)
def test_what_a_running_unit_needs_beside_its_files(
    written: list[str], restart: bool, needed: str | None
) -> None:
    state = {
        "ActiveState": "active",
        "UnitFileState": "enabled",
        "ActiveEnterTimestamp": f"@{STARTED}",
    }
    assert units.action(state, ["/a"], written, restart) == needed


class Module:
    """What the module asks of Ansible, with a systemd that runs only what ``active`` names."""

    check_mode = False

    def __init__(self, active: list[str], **params: Any) -> None:
        self.params = {
            "release": "r1",
            "others": [],
            "stop_others": True,
            "overlap": True,
            "restart": False,
            "written": [],
            "state": None,
            "canary_timeout": 1,
            "lines": 1,
            **params,
        }
        for unit in self.params["units"]:
            unit.update({"canary": "", "overlap": unit.get("overlap", True)})
        self.active, self.orders, self.warnings = active, [], []

    def run_command(self, words: list[str]) -> tuple[int, str, str]:
        _, verb, *rest = words
        if verb == "show":
            return 0, "\n\n".join(self.shown(name) for name in rest[2:]), ""
        if verb == "list-units":
            return 0, "".join(f"{name} loaded\n" for name in self.active), ""
        if verb in ("start", "restart", "stop"):
            names = [word for word in rest if not word.startswith("--")]
            self.orders.append(f"{verb} {' '.join(names)}")
        return 0, "", ""

    def shown(self, name: str) -> str:
        state = "active" if name in self.active else "inactive"
        return (
            f"Id={name}\nActiveState={state}\nUnitFileState=enabled\nNeedDaemonReload=no\n"
            f"ActiveEnterTimestamp=@{STARTED}"
        )

    def warn(self, text: str) -> None:
        self.warnings.append(text)


def test_a_paused_pool_is_left_stopped_and_a_drained_one_starts(tmp_path: Path) -> None:
    for what, pool in (("paused", "celery-shop-mail"), ("drained", "celery-shop-bulk")):
        (tmp_path / what).mkdir()
        (tmp_path / what / pool).touch()
    names = ["celery-shop-mail-1", "celery-shop-mail-x-1", "celery-shop-bulk-1", "web-shop"]
    wanted = [{"name": name, "files": []} for name in names]
    # Somebody started the paused pool by hand.
    module = Module(
        ["celery-shop-mail-1@r1.service"],
        units=wanted,
        state=str(tmp_path),
        others=["celery-shop-*@*.service"],
        typed="-e test",
    )
    done = units.apply(module)
    assert module.orders == [
        "start celery-shop-mail-x-1@r1.service celery-shop-bulk-1@r1.service web-shop@r1.service",
        "stop celery-shop-mail-1@r1.service",
    ]
    assert done["paused"] == ["celery-shop-mail-1"]
    assert module.warnings == [
        "celery-shop-mail is paused and stays so. `celeriac resume -e test` starts it."
    ]
    assert not (tmp_path / "drained" / "celery-shop-bulk").exists()
    assert (tmp_path / "paused" / "celery-shop-mail").exists()


def test_new_units_start_side_by_side_and_others_are_restarted_in_turn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(units.os, "cpu_count", lambda: 1)
    file = tmp_path / "environment"
    wanted = [{"name": name, "files": [str(file)]} for name in ("a", "b", "c", "d", "e")]
    module = Module(["a@r1.service", "c@r1.service"], units=wanted, written=[str(file)])
    assert units.apply(module)["restarted"] == ["a@r1.service", "c@r1.service"]
    assert module.orders == [
        "start b@r1.service d@r1.service",
        "start e@r1.service",
        "restart a@r1.service",
        "restart c@r1.service",
    ]


def test_those_without_room_for_both_go_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units.os, "cpu_count", lambda: 4)
    wanted = [{"name": name, "files": [], "overlap": name == "b"} for name in ("a", "b", "c")]
    module = Module([], units=wanted)
    room: list[str] = []
    monkeypatch.setattr(
        units, "make_room", lambda _, unit, *__: room.append(f"{unit} {len(module.orders)}")
    )
    units.apply(module)
    assert module.orders == ["start b@r1.service", "start a@r1.service", "start c@r1.service"]
    assert room == ["a 1", "c 2"]


def test_check_mode_says_the_same_and_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "drained").mkdir()
    mark = tmp_path / "drained" / "celery-shop-bulk"
    mark.touch()
    module = Module([], units=[{"name": "celery-shop-bulk-1", "files": []}], state=str(tmp_path))
    module.check_mode = True
    assert units.apply(module)["started"] == ["celery-shop-bulk-1@r1.service"]
    assert (module.orders, mark.exists()) == ([], True)
