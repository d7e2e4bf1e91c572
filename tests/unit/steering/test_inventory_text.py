"""A hosts.yml before and after, as text."""

from __future__ import annotations

import pytest

from celeriac.steering.inventory_text import Unclear, with_slots

HEAD = """\
# Ours.
all:
  children:
    workers: # both
      hosts:
"""
TAIL = """\
    web:
      hosts:
        w:  # also named here
        other: {ansible_host: 192.0.2.1}
"""


@pytest.mark.parametrize(
    ("before", "slots", "after"),
    [
        (
            "        w: {celeriac_pools: {shop: {mail: 1, 'bulk': 2}}} # a comment\n",
            {"mail": 12},
            "        w: {celeriac_pools: {shop: {mail: 12, 'bulk': 2}}} # a comment\n",
        ),
        (
            "        w: {celeriac_pools: {shop: {mail: 1, bulk: 2}}}\n",
            {"mail": 0},
            "        w: {celeriac_pools: {shop: {bulk: 2}}}\n",
        ),
        (
            "        w: {celeriac_pools: {shop: {mail: 1, bulk: 2}}}\n",
            {"bulk": 0, "new": 3},
            "        w: {celeriac_pools: {shop: {mail: 1, new: 3}}}\n",
        ),
        (
            "        w: {celeriac_pools: {shop: {mail: 1}}}\n",
            {"mail": 0},
            "        w: {celeriac_pools: {shop: {}}}\n",
        ),
        (
            "        w: {celeriac_pools: {shop: {}}}\n",
            {"mail": 2},
            "        w: {celeriac_pools: {shop: {mail: 2}}}\n",
        ),
        (
            "        w:\n          celeriac_pools:\n            shop:\n"
            "              mail: 1 # few\n              bulk: 2\n\n            # next\n"
            "            till: {mail: 7}\n",
            {"new": 1, "mail": 3},
            "        w:\n          celeriac_pools:\n            shop:\n"
            "              mail: 3 # few\n              bulk: 2\n              new: 1\n\n"
            "            # next\n            till: {mail: 7}\n",
        ),
        (
            "        w:\n          celeriac_pools:\n            shop:\n"
            "              mail: 1 # few\n              bulk: 2 # more\n",
            {"bulk": 0},
            "        w:\n          celeriac_pools:\n            shop:\n"
            "              mail: 1 # few\n",
        ),
        (
            "        w:\n          celeriac_pools:\n            shop:\n              mail: 1 # few\n",
            {"mail": 0},
            "        w:\n          celeriac_pools:\n            shop:\n              {} # few\n",
        ),
        ("        w: # new\n", {"mail": 1}, "        w: {celeriac_pools: {shop: {mail: 1}}} # new\n"),
        (
            "        w: {ansible_host: 192.0.2.2}\n",
            {"mail": 1},
            "        w: {ansible_host: 192.0.2.2, celeriac_pools: {shop: {mail: 1}}}\n",
        ),
        (
            "        w:\n          ansible_host: 192.0.2.2 # there\n        x:\n",
            {"mail": 1},
            "        w:\n          ansible_host: 192.0.2.2 # there\n"
            "          celeriac_pools: {shop: {mail: 1}}\n        x:\n",
        ),
        (
            "        w:\n          celeriac_pools: {till: {mail: 1}}\n",
            {"mail": 2},
            "        w:\n          celeriac_pools: {till: {mail: 1}, shop: {mail: 2}}\n",
        ),
        ("        w:\n          celeriac_pools:\n", {"mail": 0}, "        w:\n          celeriac_pools:\n"),
    ],
)  # fmt: skip
def test_only_the_slots_change(before: str, slots: dict[str, int], after: str) -> None:
    assert with_slots(HEAD + before + TAIL, "shop", {"w": slots}) == HEAD + after + TAIL


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("        w[1:3]: {celeriac_pools: {shop: {mail: 1}}}\n", "v does not stand there by its name"),
        ("        v: {<<: {a: 1}}\n", "celeriac_pools may come from a merge (<<)"),
        ("        u: &u {a: 1}\n        v: *u\n", "v is an alias of what stands elsewhere"),
        ("        v: {celeriac_pools: [a]}\n", "celeriac_pools is no mapping"),
        ("        v: {celeriac_pools: {a: {b: 1}}}\n      children:\n        x: {hosts: {v: {celeriac_pools: {}}}}\n",
         "v has celeriac_pools in several places"),
    ],
)  # fmt: skip
def test_what_is_unclear_is_refused(text: str, why: str) -> None:
    with pytest.raises(Unclear) as refused:
        with_slots(HEAD + text, "shop", {"v": {"mail": 1}})
    assert str(refused.value) == why
