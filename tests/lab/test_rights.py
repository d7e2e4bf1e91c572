"""A release that may do less takes nothing from the one that still runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.deployed import ROOT, Deployed, make
from tests.lab.brokers import Brokers
from tests.lab.test_overlap import BROKEN, workers

VHOST, USER = "dailyfresh-lab", "dailyfresh-pool-mail"
# The pool sends its own retries to `mail`, and to `reports` what it publishes.
PUBLISHES, NO_MORE = "via: direct\n    publishes: [reports]", "via: direct"
POOL = "  mail:\n    queues: [mail]\n"
STAYS = "More is allowed than"


def keys(brokers: Brokers) -> set[str]:
    """The queues to which the pool may publish."""
    listed = brokers.control(brokers.hosts[0], "list_topic_permissions", "-p", VHOST)
    (pattern,) = (
        one["write"]
        for one in listed
        # Or the second of its two users in turn.
        if one["exchange"] == "tasks" and one["user"] in (USER, f"{USER}.b")
    )
    return {*pattern.removeprefix("^(").removesuffix(")$").split("|")}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A copy of the shop, to be changed into other releases."""
    copy = tmp_path / "shop"
    for name in ("celery_tasks", "project", "requirements"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("celeriac.yml", "manage.py"):
        shutil.copy(ROOT / name, copy)
    return copy


def described(shop: Path, pool: str) -> str:
    text = (ROOT / "celeriac.yml").read_text()
    assert text.count(POOL) == 1
    (shop / "celeriac.yml").write_text(text.replace(POOL, f"{POOL}    {pool}\n"))
    return f"APP={shop / 'celeriac.yml'}"


def test_a_release_that_publishes_less_and_fails_leaves_the_old_one_its_rights(
    deployed: Deployed, brokers: Brokers, shop: Path
) -> None:
    try:
        first = make("deploy-only", described(shop, PUBLISHES))
        assert first.code == 0, first.text
        assert keys(brokers) == {"mail", "reports"}
        before = workers(deployed)

        celery = shop / "project" / "celery.py"
        celery.write_text(f"{celery.read_text()}\n{BROKEN}")
        said = make("deploy-only", described(shop, NO_MORE))
        assert said.code != 0
        assert "did not prove that it works and was stopped" in said.text
        assert before.items() <= workers(deployed).items()
        assert keys(brokers) == {"mail", "reports"}
    finally:
        again = make("deploy-only")
    assert again.code == 0, again.text
    # Where a task of the old release takes longer than a moment, that is the next deploy's.
    if STAYS not in again.text:
        assert keys(brokers) == {"^$"}
    else:
        assert keys(brokers) == {"mail", "reports"}
