"""The module that removes old releases: which go and which stay."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.unit.modules.loading import module, shared

prune, celeriac_systemd = module("celeriac_prune"), shared("celeriac_systemd")


def name(day: int) -> str:
    return f"202611{day:02}T120000-0123456789"


class Host:
    """A host with releases of days 1 to 6; ``units`` is what its systemd lists."""

    def __init__(
        self, root: Path, check: bool = False, units: str = "", removes: bool = True, **params: Any
    ) -> None:
        self.check_mode = check
        self.params = {"root": str(root), "keep": 2, "protected": [], **params}
        self.said: list[str] = []
        self._units, self._removes = units, removes

    def run_command(self, command: list[str]) -> tuple[int, str, str]:
        if command[0] == "systemd-run":
            if not self._removes:
                return 1, "", "no bus"
            subprocess.run(command[command.index("--") + 1 :], check=True)
            return 0, "", ""
        assert command[:2] == ["systemctl", "list-units"]
        return (0, self._units, "") if self._units != "fails" else (1, "", "no bus")

    def warn(self, message: str) -> None:
        self.said.append(message)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for day in range(1, 7):
        (tmp_path / "releases" / name(day) / "app").mkdir(parents=True)
    (tmp_path / "wants").mkdir()
    monkeypatch.setattr(celeriac_systemd, "WANTS", tmp_path / "wants")
    return tmp_path


def there(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "releases").iterdir())


@pytest.mark.parametrize(
    ("params", "stay"),
    [
        ({}, [5, 6]),
        ({"keep": 6}, [1, 2, 3, 4, 5, 6]),
        ({"keep": 9}, [1, 2, 3, 4, 5, 6]),
        # Gone back to an old one: it and the one before it are not among the newest.
        ({"protected": [name(2), name(1)]}, [1, 2, 5, 6]),
        ({"units": f"celery-shop-mail-1@{name(3)}.service loaded deactivating x y\n"}, [3, 5, 6]),
    ],
)
def test_which_stay(root: Path, params: dict[str, Any], stay: list[int]) -> None:
    expected = sorted({*range(1, 7)} - {*stay})
    would = prune.apply(Host(root, check=True, **params))
    assert there(root) == [name(day) for day in range(1, 7)]
    assert prune.apply(Host(root, **params)) == would
    assert would == {"changed": bool(expected), "removed": [name(day) for day in expected]}
    assert there(root) == [name(day) for day in stay]


def test_one_that_starts_with_the_host_stays(root: Path) -> None:
    (root / "wants" / f"web-shop@{name(1)}.service").symlink_to("/nowhere")
    prune.apply(Host(root))
    assert there(root) == [name(1), name(5), name(6)]


def test_what_a_deploy_that_was_cut_off_has_left_goes(root: Path) -> None:
    for left in (f".{name(1)}.partial", f".{name(1)}.old"):
        (root / "releases" / left / "app").mkdir(parents=True)
    (root / f"incoming-{name(1)}.tar.zst").touch()
    prune.apply(Host(root))
    assert there(root) == [name(5), name(6)]
    assert sorted(path.name for path in root.iterdir()) == ["releases", "wants"]


def test_nothing_else_is_looked_at(root: Path) -> None:
    for other in ("by-hand", "20261122", ".mine.partial"):
        (root / "releases" / other).mkdir()
    (root / "incoming-mine.tar.zst").touch()
    prune.apply(Host(root))
    assert there(root) == [".mine.partial", name(5), name(6), "20261122", "by-hand"]
    assert (root / "incoming-mine.tar.zst").exists()


def test_a_host_without_releases(tmp_path: Path) -> None:
    assert prune.apply(Host(tmp_path)) == {"changed": False, "removed": []}


def test_where_nothing_can_be_removed_the_deploy_goes_on(root: Path) -> None:
    host = Host(root, removes=False)
    assert prune.apply(host)["changed"]
    assert host.said == ["old releases could not be removed: no bus"]
    again = Host(root)
    prune.apply(again)
    assert len(again.said) == 4
    assert again.said[0].endswith(
        ".old is still here; an earlier deploy had it removed. It is tried again."
    )
    assert there(root) == [name(5), name(6)]


def test_nothing_goes_where_systemd_does_not_tell(root: Path) -> None:
    with pytest.raises(RuntimeError, match="no bus"):
        prune.apply(Host(root, units="fails"))
    assert len(there(root)) == 6
