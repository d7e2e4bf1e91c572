"""The module that keeps the static files of all releases together."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.unit.modules.loading import module

static = module("celeriac_static")
NOTHING = {"changed": False, "linked": 0, "removed": 0}


def release(root: Path, day: int, *names: str) -> Path:
    folder = root / "releases" / f"202611{day:02}T120000-0123456789"
    for name in names:
        path = folder / "static" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name} of day {day}")
    return folder


def served(root: Path) -> dict[str, str]:
    union = root / "static"
    return {
        str(path.relative_to(union)): path.read_text()[-1]
        for path in sorted(union.rglob("*"))
        if path.is_file()
    }


def apply(root: Path, check: bool = False, coming: bool = False) -> dict[str, object]:
    found: dict[str, object] = static.apply(root, check, coming)
    return found


def test_files_of_all_releases_and_of_the_newest_where_names_are_the_same(tmp_path: Path) -> None:
    release(tmp_path, 1, "shop.111.css", "admin/logo.svg")
    release(tmp_path, 2, "shop.222.css", "admin/logo.svg")
    assert apply(tmp_path, check=True) == {"changed": True, "linked": 3, "removed": 0}
    assert not (tmp_path / "static").exists()
    assert apply(tmp_path) == {"changed": True, "linked": 3, "removed": 0}
    assert served(tmp_path) == {"admin/logo.svg": "2", "shop.111.css": "1", "shop.222.css": "2"}
    assert apply(tmp_path) == NOTHING


def test_files_of_a_release_that_is_gone_go_and_shared_ones_stay(tmp_path: Path) -> None:
    release(tmp_path, 1, "shop.111.css", "same.svg")
    newest = release(tmp_path, 2, "only/here.css", "same.svg")
    apply(tmp_path)
    shutil.rmtree(newest)
    assert apply(tmp_path) == {"changed": True, "linked": 1, "removed": 1}
    assert served(tmp_path) == {"same.svg": "1", "shop.111.css": "1"}
    assert not (tmp_path / "static" / "only").exists()


def test_it_takes_no_room(tmp_path: Path) -> None:
    folder = release(tmp_path, 1, "shop.css")
    apply(tmp_path)
    assert (tmp_path / "static" / "shop.css").samefile(folder / "static" / "shop.css")


def test_what_is_being_unpacked_or_removed_is_not_looked_at(tmp_path: Path) -> None:
    folder = release(tmp_path, 1, "shop.css")
    for suffix in ("partial", "old"):
        folder.rename(folder.with_name(f".{folder.name}.{suffix}"))
        assert apply(tmp_path) == NOTHING
        folder.with_name(f".{folder.name}.{suffix}").rename(folder)


def test_a_link_never_leads_elsewhere(tmp_path: Path) -> None:
    folder = release(tmp_path, 1, "shop.css")
    (folder / "static" / "passwd").symlink_to("/etc/passwd")
    apply(tmp_path)
    assert served(tmp_path) == {"shop.css": "1"}


@pytest.mark.parametrize(("old", "new"), [("a", "a/b.css"), ("a/b.css", "a")])
def test_a_file_here_and_a_folder_there(tmp_path: Path, old: str, new: str) -> None:
    release(tmp_path, 1, old)
    release(tmp_path, 2, new, "shop.css")
    apply(tmp_path)
    assert "shop.css" in served(tmp_path)


def test_check_mode_knows_of_a_release_that_would_come(tmp_path: Path) -> None:
    assert apply(tmp_path, check=True, coming=True)["changed"] is True
    assert apply(tmp_path) == NOTHING
