"""The module that takes and gives back a lock: of two, one gets it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.unit.modules.loading import module

lock = module("celeriac_lock")
HELD = {"owner": "ann@control", "what": "deploy", "message": "a {{ b }}", "pid": 7, "machine": "m"}


def params(path: Path, name: str = "mine", instead_of: str | None = None) -> dict[str, Any]:
    return {
        "path": str(path),
        "token": name,
        "instead_of": instead_of,
        "held": HELD,
        "typed": "-e test",
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop" / "lock"


def test_a_lock_says_what_it_was_given_and_since_when(path: Path) -> None:
    assert lock.take(params(path), False) == {}
    written = json.loads(path.read_text())
    assert written.pop("since").endswith("+00:00")
    assert written == {**HELD, "token": "mine"}
    assert [file.name for file in path.parent.iterdir()] == ["lock"]


def test_taking_ones_own_again_is_no_mistake(path: Path) -> None:
    lock.take(params(path), False)
    before = path.read_text()
    assert lock.take(params(path), False) == {}
    assert path.read_text() == before


def test_another_ones_is_refused_with_the_remedy(path: Path) -> None:
    lock.take(params(path), False)
    with pytest.raises(lock.Held) as refused:
        lock.take(params(path, "other"), False)
    assert str(refused.value).startswith("ann@control has the lock (deploy), taken 0 min ago (20")
    assert ', "a {{ b }}". Nothing of the release was touched.' in str(refused.value)
    assert "`celeriac lock release -e test`" in str(refused.value)
    assert json.loads(path.read_text())["token"] == "mine"


def test_the_one_that_was_named_is_taken_over_and_no_other(path: Path) -> None:
    lock.take(params(path, "dead"), False)
    assert lock.take(params(path, "mine", "dead"), False)["taken_over"]["token"] == "dead"
    with pytest.raises(lock.Held):  # it is somebody's now
        lock.take(params(path, "late", "dead"), False)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"owner": "x"}'])
def test_a_damaged_one_holds_until_it_is_given_back(path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    for instead_of in (None, ""):
        with pytest.raises(lock.Held, match="has the lock"):
            lock.take(params(path, "mine", instead_of), False)
    lock.give_back(params(path, ""), False)
    assert lock.take(params(path), False) == {}


def test_only_ones_own_is_given_back(path: Path) -> None:
    assert lock.give_back(params(path), False) == {}
    lock.take(params(path), False)
    lock.give_back(params(path, "other"), False)
    assert path.exists()
    lock.give_back(params(path), False)
    assert not path.exists()


def test_check_mode_takes_nothing_and_warns(path: Path) -> None:
    assert lock.take(params(path), True) == {}
    assert not path.parent.exists()
    lock.take(params(path), False)
    assert "ann@control has the lock" in lock.take(params(path, "other"), True)["warning"]
    assert lock.take(params(path, "other", "mine"), True) == {}
    lock.give_back(params(path), True)
    assert json.loads(path.read_text())["token"] == "mine"


@pytest.mark.parametrize("instead_of", [None, "dead"])
def test_of_many_at_once_one_gets_it(path: Path, instead_of: str | None) -> None:
    if instead_of:
        lock.take(params(path, instead_of), False)

    def attempt(number: int) -> bool:
        try:
            lock.take(params(path, f"token{number}", instead_of), False)
        except lock.Held:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(attempt, range(16))) == 1
