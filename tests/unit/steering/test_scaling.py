"""From `mail=3` to the inventory's new text, and what is refused on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from celeriac.description import inventory as inventories
from celeriac.description.problems import InputError
from celeriac.steering import scaling
from celeriac.steering.memory import lack, needed
from tests.descriptions import describe, inventory, write


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        ("mial=3", "mial=3: no such pool. Did you mean 'mail'?"),
        ("mail", "mail: no whole number of slots. Write mail=3."),
        ("mail=-1", "mail=-1: no whole number of slots. Write mail=3."),
        (
            "mail=0",
            "mail=0: a pool runs somewhere. To stop it for a while: celeriac pause mail -e lab.",
        ),
        ("bulk=2", "bulk=2: named twice. Leave one."),
    ],
)
def test_mistakes_in_what_is_wanted(word: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        scaling.wanted(["bulk=1", word], describe(), "-e lab")
    assert str(refused.value) == problem


def test_a_pool_leaves_hosts_that_are_not_meant() -> None:
    now = inventory({"a": {"mail": 2}, "b": {"mail": 1, "bulk": 1}}, workers=["a", "b", "c"])
    slots = scaling.placed({"mail": 3}, now, "shop", ["b", "c"])
    assert slots == {"a": {"mail": 0}, "b": {"mail": 2}, "c": {"mail": 1}}
    assert scaling.changes(slots, now, "shop") == slots
    same = scaling.placed({"mail": 3}, now, "shop", ["a", "b"])
    assert scaling.changes(same, now, "shop") == {}


def rewritten(folder: Path, slots: scaling.Slots, **hosts: Any) -> inventories.Inventory:
    write(folder, hosts={path.replace("__", "/"): value for path, value in hosts.items()})
    here = folder / "inventories"
    before = inventories.read("test", here)
    text = scaling.rewritten(before, here, "shop", slots)
    (here / "test" / "hosts.yml").write_text(text)
    return inventories.read("test", here)


def test_the_new_text_means_what_it_should(tmp_path: Path) -> None:
    after = rewritten(tmp_path, {"two": {"mail": 1, "bulk": 1}, "three": {"mail": 1}})
    assert after.pools("shop") == {"two": {"mail": 1, "bulk": 1}, "three": {"bulk": 1, "mail": 1}}


def test_pools_of_a_group_are_not_changed_for_a_host(tmp_path: Path) -> None:
    pools = {"celeriac_pools": {"shop": {"mail": 1, "bulk": 1}}}
    with pytest.raises(InputError) as refused:
        rewritten(
            tmp_path,
            {"two": {"bulk": 2}},
            children__workers={"hosts": {"two": None, "three": None}, "vars": pools},
        )
    assert "celeriac_pools of two are not written at the host itself" in str(refused.value)
    assert "by hand, then run the same again: two: bulk=2." in str(refused.value)


def test_memory() -> None:
    place = inventory({"two": {"mail": 1}}, web=["two"], relay=["two"], beat=["one"])
    need = needed(describe(), place, "two", {"mail": 2, "bulk": 1})
    # Twice 256M, 1G, web with 512M and the relay, whose memory the description does not say.
    assert need - needed(describe(), place, "three", {}) == (2 * 256 + 1024 + 512 + 256) * 2**20
    assert lack("two", need, need, 0) is None
    assert lack("two", 3 * 2**20, 4 * 2**20, 2**21) == (
        "two has 4 MiB of memory, and its processes may take 3 MiB beside 2 MiB of other applications"
    )
