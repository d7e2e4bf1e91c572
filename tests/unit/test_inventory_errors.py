"""One row for each mistake in an inventory: what is written, and what is said about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from celeriac.description.problems import InputError
from celeriac.description.together import load_both
from tests.descriptions import HOSTS, REMOVED, write

Changes = dict[str, Any]
FILE = "inventories/test/hosts.yml"
TWO = "children/workers/hosts/two"
SITE = "vars/celeriac_sites/shop"


def problems(environment: str = "test") -> list[str]:
    try:
        load_both(Path("celeriac.yml"), environment, Path("inventories"))
    except InputError as error:
        return [str(problem) for problem in error.problems]
    return []


@pytest.fixture(autouse=True)
def _in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_right() -> None:
    write(Path())
    assert problems() == []


def test_ranges_and_group_variables_are_ansibles() -> None:
    workers = {
        "hosts": {"w[01:03]": None},
        "vars": {"celeriac_pools": {"shop": {"mail": 1, "bulk": 1}}},
    }
    write(Path(), hosts={"children/workers": workers})
    _, inventory = load_both(Path("celeriac.yml"), "test", Path("inventories"))
    assert inventory.pools("shop") == {f"w0{n}": {"mail": 1, "bulk": 1} for n in (1, 2, 3)}


ROWS: list[tuple[Changes, str]] = [
    (
        {f"{TWO}/celeriac_pools/shop": {"mial": 1, "mail": 1}},
        f"{FILE}, host two, celeriac_pools/shop/mial: the description has no pool of this name. "
        "Did you mean 'mail'?",
    ),
    (
        {"children/workers/hosts/three/celeriac_pools": {"shop": {"mail": 1}}},
        f"pools/bulk: no host runs it in {FILE}. "
        "Add `celeriac_pools: {shop: {bulk: 1}}` to one of: two, three.",
    ),
    (
        {
            "children/workers/hosts": {
                "w.1": {"celeriac_pools": {"shop": {"mail": 1, "bulk": 1}}},
                "w-1": {"celeriac_pools": {"shop": {"mail": 1}}},
            }
        },
        f"{FILE}, host w-1: the private queue canary-mail-w-1-1 of its pool 'mail' would be that "
        "of the pool 'mail' on w.1: only letters, digits, _ and - tell them apart. "
        "Rename one of the two.",
    ),
    (
        {f"{TWO}/celeriac_pools/shop/mail": 0},
        f"{FILE}, host two, celeriac_pools/shop/mail: should be a number of workers from 1 to 99, "
        "not 0. Write 1, or leave it out.",
    ),
    (
        {f"{TWO}/celeriac_pools/shop": ["mail"]},
        f"{FILE}, host two, celeriac_pools/shop: not a mapping. Write {{<pool>: <workers>}}.",
    ),
    (
        {f"{TWO}/celeriac_pools": "mail"},
        f"{FILE}, host two, celeriac_pools: not a mapping. "
        "Write {<application>: {<pool>: <workers>}}.",
    ),
    (
        {"children/workers/hosts/four": None},
        f"{FILE}, host four, celeriac_pools: missing, but the host is in the group 'workers'. "
        "Add `celeriac_pools: {<application>: {<pool>: 1}}`, or take it out.",
    ),
    (
        {"children/web/hosts/one": {"celeriac_pools": {"shop": {"mail": 1}}}},
        f"{FILE}, host one, celeriac_pools: the host is not in the group 'workers'. "
        "Add the host to the group 'workers', or remove the pools.",
    ),
    (
        {"children/wbe": {"hosts": {"four": None}}},
        f"{FILE}, host four: in no group that has a role (only in wbe). Did you mean 'web'?",
    ),
    (
        {"hosts": {"four": None}},
        f"{FILE}, host four: in no group that has a role. "
        "Put it into one of: build, broker, database, cache, edge, web, workers, relay, "
        "beat, mail_sink.",
    ),
    (
        {"children/web": REMOVED},
        f"{FILE}: the group 'web' has no host, but the description has web. "
        "Add a host that runs the web process.",
    ),
    (
        {"children/beat": {"hosts": {}}},
        f"{FILE}: the group 'beat' has no host, but the description has beat. "
        "Add a host that runs beat.",
    ),
    (
        {"children/broker": REMOVED, "children/brokers": {"hosts": {"one": None}}},
        f"{FILE}: the group 'broker' has no host, but tasks go through it. Did you mean 'brokers'?",
    ),
    (
        {"children/beat/hosts": {"one": None, "two": None}},
        f"{FILE}: the group 'beat' has 2 hosts: every periodic task would come as often. "
        "Leave one of one, two, "
        "or write beat/scheduler: celeriac.scheduling.scheduler:DatabaseScheduler.",
    ),
    (
        {"children/relay": REMOVED},
        f"{FILE}: the group 'relay' has no host, but tasks go through the outbox. "
        "Add a host that runs the relay.",
    ),
    (
        {
            "vars": {
                name: {"shpo": HOSTS["vars"][name]["shop"]}
                for name in ("celeriac_sites", "celeriac_edge_tls")
            }
        },
        f"{FILE}, celeriac_sites: no site for the application 'shop'. Did you mean 'shpo'?",
    ),
    (
        {"vars": {}},
        f"{FILE}, celeriac_sites: no site for the application 'shop'. "
        "Add `shop: {names: [www.example.com], port: 80, url: …}` to it.",
    ),
    (
        {f"{SITE}/names": [7]},
        f"{FILE}, celeriac_sites/shop/names: should be a list of host names. "
        'Write [www.example.com]; put numbers in quotes: ["192.0.2.7"].',
    ),
    (
        {f"{SITE}/port": "80"},
        f"{FILE}, celeriac_sites/shop/port: '80' is not a port. Write 80, for example.",
    ),
    (
        {f"{SITE}/url": "shop"},
        f"{FILE}, celeriac_sites/shop/url: 'shop' is not a URL. "
        "Write https://www.example.com, for example.",
    ),
    (
        {f"{SITE}/ports": 80},
        f"{FILE}, celeriac_sites/shop: should have exactly names, port and url. Correct it.",
    ),
    (
        {"vars/celeriac_mail": {"host": "mail"}},
        f"{FILE}, celeriac_mail: should have exactly host and port. Write {{host: …, port: 25}}.",
    ),
    (
        {"vars/celeriac_mail": {"host": "mail", "port": 0}},
        f"{FILE}, celeriac_mail/port: 0 is not a port. Write 25, for example.",
    ),
]


@pytest.mark.parametrize(("changes", "expected"), ROWS, ids=str)
def test_wrong(changes: Changes, expected: str) -> None:
    write(Path(), hosts=changes)
    assert problems() == [expected]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (
            "database.url",
            f"{FILE}: the group 'database' has no host, but connections name database. "
            "Add a host that runs PostgreSQL, or say where another one is: celeriac_external.",
        ),
        (
            "cache.url",
            f"{FILE}: the group 'cache' has no host, but connections name cache. "
            "Add a host that runs Redis, or say where another one is: celeriac_external.",
        ),
        (
            "mail.host",
            f"{FILE}, celeriac_mail: missing, but connections name mail. "
            "Add `celeriac_mail: {host: …, port: 25}` to the variables of all.",
        ),
    ],
)
def test_service_that_the_description_uses(expression: str, expected: str) -> None:
    cache = {"cache": {"key_prefix": "shop:"}} if expression == "cache.url" else {}
    write(Path(), {"connections/X": expression, **cache}, hosts={"children/database": REMOVED})
    assert problems()[-1] == expected


@pytest.mark.parametrize("environment", ["tets", "../test", ""])
def test_unknown_environment(environment: str) -> None:
    write(Path())
    remedy = "Did you mean 'test'?" if environment == "tets" else "Known here: test."
    if environment == "../test":
        remedy = "Did you mean 'test'?"
    assert problems(environment) == [
        f"-e {environment}: no environment of this name in inventories. {remedy}"
    ]


def test_no_environment_at_all() -> None:
    write(Path())
    Path(FILE).unlink()
    assert problems() == [
        "-e test: no environment of this name in inventories. Name their folder: --inventories."
    ]


def test_not_an_inventory() -> None:
    write(Path())
    Path(FILE).write_text("all: [one, two]\n")
    assert problems() == [f"{FILE}: no host in it. Write them below all/children/<group>/hosts."]


def test_not_yaml() -> None:
    write(Path())
    Path(FILE).write_text("all:\n\thosts:\n")
    assert problems() == [f"{FILE}, line 2: a tab in the indentation. Indent with spaces."]


def test_description_and_inventory_together() -> None:
    write(Path(), {"default_queue": "mial"}, hosts={"children/web": REMOVED})
    assert [problem.partition(":")[0] for problem in problems()] == ["default_queue", FILE]
