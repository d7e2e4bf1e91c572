"""Three deploys of the reference application, and what each does for the one before.

One lets a pool publish more, and its inventory has a beat elsewhere. The next would take that away
and its workers prove nothing. The last is the checkout's, and brings all back.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deploy.lab import faults
from tests.deployed import ROOT, Deployed, Said, make
from tests.lab import copies
from tests.lab.brokers import Brokers
from tests.lab.minimal import units

# Ready, and consuming: that its children have no database shows only when a task runs.
BROKEN = """
import sys

from celery import signals


def lose_the_database(**_):
    from django.db import connections

    connections["default"].settings_dict["PORT"] = "1"


if "worker" in sys.argv:
    signals.worker_process_init.connect(lose_the_database, weak=False)
"""
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


def workers(deployed: Deployed) -> dict[str, str]:
    """The shop's workers, which run, and since when."""
    found = units(deployed, "dailyfresh")
    return {name: since for name, since in found.items() if " Id=celery-" in name}


def beats(deployed: Deployed) -> set[str]:
    """The hosts on which the application's beat runs or would start with the host."""
    question = "systemctl is-active -q 'beat-dailyfresh@*' || ls /etc/systemd/system/*.wants/beat-dailyfresh@*"
    hosts = [host.name for host in deployed.lab.hosts]
    return {
        host
        for host in hosts
        if faults.run(
            deployed.lab, host, "sh", "-c", f"({question}) >/dev/null 2>&1 && echo yes || true"
        )
    }


def elsewhere(deployed: Deployed, folder: Path) -> Path:
    """Make a folder with a copy of the lab's inventory in which one beat is on another host."""
    copy = folder / "inventories" / "lab"
    shutil.copytree(deployed.lab.folder, copy)
    hosts, settings = copy / "hosts.yml", copy / "group_vars" / "all" / "main.yml"
    before, after = (
        "    beat:\n      hosts:\n        relay1:\n        relay2:",
        "    beat:\n      hosts:\n        relay1:\n        worker1:",
    )
    assert before in hosts.read_text()
    hosts.write_text(hosts.read_text().replace(before, after))
    relative = "{{ inventory_dir }}/../../../../.celeriac/lab"
    settings.write_text(settings.read_text().replace(relative, str(deployed.lab.state)))
    return copy.parent


@dataclass
class Shop:
    """A copy of the application, to be changed into other releases, and the inventories for them."""

    folder: Path
    inventories: Path
    _back: list[Said] = field(default_factory=list)

    def deploy(self, pool: str) -> Said:
        """Deploy the copy, with more lines for the pool."""
        text = (ROOT / "celeriac.yml").read_text()
        assert text.count(POOL) == 1
        description = self.folder / "celeriac.yml"
        description.write_text(text.replace(POOL, f"{POOL}    {pool}\n"))
        return make("deploy-only", f"APP={description}", f"INVENTORIES={self.inventories}")

    def put_back(self) -> Said:
        """Deploy the checkout, once."""
        if not self._back:
            self._back.append(make("deploy-only"))
        return self._back[0]


@dataclass(frozen=True)
class Failed:
    """What the second deploy said, and the workers that ran before it."""

    said: Said
    before: dict[str, str]


@pytest.fixture(scope="module")
def copy(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    assert beats(deployed) == {"relay1", "relay2"}
    folder = tmp_path_factory.mktemp("successive")
    shop = Shop(copies.of_shop(folder), elsewhere(deployed, folder))
    yield shop
    back = shop.put_back()
    assert back.code == 0, back.text


@pytest.fixture(scope="module")
def first(copy: Shop) -> Said:
    said = copy.deploy(PUBLISHES)
    assert said.code == 0, said.text
    return said


@pytest.fixture(scope="module")
def failed(deployed: Deployed, copy: Shop, first: Said) -> Failed:
    before = workers(deployed)
    celery = copy.folder / "project" / "celery.py"
    celery.write_text(f"{celery.read_text()}\n{BROKEN}")
    return Failed(copy.deploy(NO_MORE), before)


@pytest.fixture(scope="module")
def last(copy: Shop, failed: Failed) -> Said:
    said = copy.put_back()
    assert said.code == 0, said.text
    return said


@pytest.mark.usefixtures("first")
def test_a_pool_may_publish_more(brokers: Brokers) -> None:
    assert keys(brokers) == {"mail", "reports"}


@pytest.mark.usefixtures("first")
def test_a_beat_moves_to_another_host(deployed: Deployed) -> None:
    assert beats(deployed) == {"relay1", "worker1"}


def test_a_release_whose_canary_fails_leaves_the_old_one_serving(
    deployed: Deployed, failed: Failed
) -> None:
    said = failed.said
    assert said.code != 0
    assert "did not prove that it works and was stopped; what ran before still runs" in said.text
    assert "its canary came back with an error: OperationalError: " in said.text
    assert "Run the web servers" not in said.text
    assert failed.before.items() <= workers(deployed).items()
    visitor = deployed.visitor()
    assert visitor.activation_link(visitor.register().email)


@pytest.mark.usefixtures("failed")
def test_a_release_that_publishes_less_and_fails_leaves_the_old_one_its_rights(
    brokers: Brokers,
) -> None:
    assert keys(brokers) == {"mail", "reports"}


def test_what_only_older_releases_needed_is_taken_away(brokers: Brokers, last: Said) -> None:
    # Where a task of an old release takes longer than a moment, that is the next deploy's.
    if STAYS not in last.text:
        assert keys(brokers) == {"^$"}
    else:
        assert keys(brokers) == {"mail", "reports"}


@pytest.mark.usefixtures("last")
def test_a_beat_moves_back(deployed: Deployed) -> None:
    assert beats(deployed) == {"relay1", "relay2"}
