"""The module that tells how a host stands, and the one that takes a release back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.modules.loading import module, shared

standing, undo, steps = (module(f"celeriac_{name}") for name in ("standing", "undo", "steps"))
celeriac_systemd = shared("celeriac_systemd")
MIB = 2**20
OLD, NEW = "20261121T120000-0123456789", "20261122T120000-0123456789"
MAIL, BULK = "celery-shop-mail-1", "celery-shop-bulk-1"
MACHINE = f"MemTotal: {8192 * 1024} kB\nMemAvailable: {4096 * 1024} kB\n"
FIRST, SECOND = "5:memory:/docker/abc\n", "0::/a.slice\n"


def name(unit: str, release: str) -> str:
    return f"{unit}@{release}.service"


@pytest.mark.parametrize(
    ("cgroups", "files", "expected"),
    [
        ("", {}, 4096),
        (
            FIRST,
            {
                "memory/docker/abc/memory.limit_in_bytes": 1024 * MIB,
                "memory/docker/abc/memory.usage_in_bytes": 900 * MIB,
                "memory/docker/abc/memory.stat": f"cache 1\ninactive_file 1\n"
                f"total_inactive_file {200 * MIB}\ntotal_active_file {100 * MIB}\n",
            },
            424,
        ),
        (
            SECOND,
            {
                "a.slice/memory.max": 1024 * MIB,
                "a.slice/memory.current": 1000 * MIB,
                "a.slice/memory.stat": f"anon 1\ninactive_file {60 * MIB}\nactive_file {30 * MIB}\n"
                f"slab_reclaimable {10 * MIB}\n",
            },
            124,
        ),
        (SECOND, {"a.slice/memory.max": "max"}, 4096),
        # More than its limit, as a group can be for a moment.
        (
            SECOND,
            {
                "a.slice/memory.max": MIB,
                "a.slice/memory.current": 2 * MIB,
                "a.slice/memory.stat": "anon 1\n",
            },
            0,
        ),
    ],
)
def test_what_a_limit_leaves(
    tmp_path: Path, cgroups: str, files: dict[str, Any], expected: int
) -> None:
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(str(text))
    assert standing.available(MACHINE, cgroups, tmp_path) == expected * MIB


def shown(
    release: str, state: str, memory: str = "7", enabled: str = "enabled", status: str = ""
) -> str:
    return (
        f"Id={name(MAIL, release)}\nActiveState={state}\nUnitFileState={enabled}\n"
        f"MemoryCurrent={memory}\nStatusText={status}\n"
    )


def test_instances_as_systemd_shows_them() -> None:
    text = "\n".join(
        [
            shown(NEW, "active"),
            shown(OLD, "deactivating", str(2**64 - 1), "disabled", "stopping: 1 = 1"),
            shown("r3", "failed"),
            shown("r4", "activating", "[not set]"),
        ]
    )
    running = {"state": "active", "enabled": True, "status": "", "memory": 7}
    assert standing.instances(celeriac_systemd.shown(text)) == {
        name(MAIL, NEW): running,
        name(MAIL, OLD): {
            "state": "deactivating",
            "enabled": False,
            "status": "stopping: 1 = 1",
            "memory": None,
        },
        name(MAIL, "r4"): {**running, "state": "activating", "memory": None},
    }
    assert standing.instances(celeriac_systemd.shown("")) == {}


class Host:
    """A host whose systemd has these instances active."""

    check_mode = False

    def __init__(self, active: list[str], before: dict[str, str], check: bool = False) -> None:
        self.params = {"release": NEW, "units": [MAIL, BULK]}
        self.params["before"] = {one: {"state": state} for one, state in before.items()}
        self.check_mode, self.ordered = check, []
        self._active = active

    def run_command(self, command: list[str], check_rc: bool = False) -> tuple[int, str, str]:
        if command[1] != "show":
            self.ordered.append(" ".join(command[1:]))
            return 0, "", ""
        blocks = [
            f"Id={one}\nActiveState={'active' if one in self._active else 'inactive'}"
            for one in command[4:]
        ]
        return 0, "\n\n".join(blocks), ""


UNDO = [
    # What runs now, what ran before, what is stopped, what is kept, what still runs of before.
    ([name(MAIL, OLD), name(MAIL, NEW)], {name(MAIL, OLD): "active"}, [MAIL], [], [MAIL]),
    ([name(MAIL, OLD)], {name(MAIL, OLD): "active"}, [], [], [MAIL]),
    # It ran before this deploy began.
    ([name(MAIL, NEW)], {name(MAIL, NEW): "active"}, [], [], []),
    # The old one was told to finish: nothing would serve.
    ([name(MAIL, NEW)], {name(MAIL, OLD): "active"}, [], [MAIL], []),
    # It was finishing before the deploy began: the new one is the first.
    ([name(MAIL, NEW)], {name(MAIL, OLD): "deactivating"}, [MAIL], [], []),
    ([name(MAIL, NEW), name(BULK, NEW)], {}, [MAIL, BULK], [], []),
    (
        [name(MAIL, OLD), name(MAIL, NEW), name(BULK, NEW)],
        {name(MAIL, OLD): "active", name(BULK, OLD): "active"},
        [MAIL],
        [BULK],
        [MAIL],
    ),
]


@pytest.mark.parametrize(("active", "before", "stopped", "kept", "running"), UNDO)
def test_what_is_taken_back(
    active: list[str],
    before: dict[str, str],
    stopped: list[str],
    kept: list[str],
    running: list[str],
) -> None:
    host = Host(active, before)
    done = undo.apply(host)
    assert done == {
        "changed": bool(stopped),
        "stopped": [name(unit, NEW) for unit in stopped],
        "kept": [name(unit, NEW) for unit in kept],
        "running": [name(unit, OLD) for unit in running],
    }
    orders = [[f"disable --quiet {one}", f"stop --no-block {one}"] for one in done["stopped"]]
    assert host.ordered == [order for each in orders for order in each]
    checked = Host(active, before, check=True)
    assert (undo.apply(checked), checked.ordered) == (done, [])


class Ended(Exception):
    pass


class Steps:
    def __init__(self, refused: list[str], force: str = "") -> None:
        self.params = {"refused": refused, "force": force, "typed": "-e lab"}
        self.said: list[str] = []

    def warn(self, message: str) -> None:
        self.said.append(message)

    def fail_json(self, **said: Any) -> None:
        assert said["refused"]
        raise Ended(said["msg"])


def test_steps_of_every_release_are_refused_and_those_of_an_installation_are_not() -> None:
    every, install = {"name": "migrate", "when": "every"}, {"name": "seed", "when": "install"}
    with pytest.raises(Ended, match=r"^migrate did not run, and nothing was activated:\nwhy\n"):
        steps.refuse(Steps(["why"]), [every, install])
    forced = Steps(["why"], "we know")
    steps.refuse(forced, [every])
    assert forced.said == ["Forced (we know): why"]
    for refused, due in (([], [every]), (["why"], [install]), (["why"], [])):
        steps.refuse(Steps(refused), due)


def test_a_wait_for_a_lock_is_explained() -> None:
    assert "pg_locks" in steps.waited("LockNotAvailable: canceling statement due to lock timeout")
    assert steps.waited("IntegrityError") == ""
