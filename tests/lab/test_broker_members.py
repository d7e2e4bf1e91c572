"""What a deploy does with a cluster that is not whole, and with nodes that leave and come."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from deploy.lab import faults
from tests.deployed import Deployed, make
from tests.lab.brokers import Brokers, node

UNIT = "rabbitmq-server.service"


@pytest.fixture
def smaller(deployed: Deployed, brokers: Brokers, tmp_path: Path) -> Path:
    """A folder with a copy of the lab's inventory that lacks the last node of the broker."""
    copy = tmp_path / "inventories" / "lab"
    shutil.copytree(deployed.lab.folder, copy)
    hosts, settings = copy / "hosts.yml", copy / "group_vars" / "all" / "main.yml"
    text, removed = re.subn(rf"^ *{brokers.hosts[-1]}: .*\n", "", hosts.read_text(), flags=re.M)
    assert removed == 1
    hosts.write_text(text)
    relative = "{{ inventory_dir }}/../../../../.celeriac/lab"
    settings.write_text(settings.read_text().replace(relative, str(deployed.lab.state)))
    return copy.parent


def test_a_deploy_refuses_a_cluster_with_a_node_that_does_not_run(brokers: Brokers) -> None:
    last = brokers.hosts[-1]
    faults.run(brokers.lab, last, "systemctl", "stop", UNIT)
    try:
        said = make("deploy-only")
        assert said.code != 0
        assert f"The broker is not whole: {node(last)} does not run (it is stopped)" in said.text
        assert "make deploy ACCEPT_DEGRADED_BROKER=1" in said.text
        assert "Run the broker" not in said.text
        accepted = make("deploy-only", "ACCEPT_DEGRADED_BROKER=1", f"WITHOUT={last}")
        assert accepted.code == 0, accepted.text
        assert f"{node(last)} does not run" in accepted.text
        assert not re.search(rf"^  {last} ", accepted.text, re.MULTILINE)
    finally:
        faults.run(brokers.lab, last, "systemctl", "start", UNIT)
        brokers.wait_until_whole()


def test_a_node_leaves_and_comes_back_by_inventory(brokers: Brokers, smaller: Path) -> None:
    first, *_, last = brokers.hosts
    inventories = f"INVENTORIES={smaller}"
    refused = make("deploy-only", inventories)
    assert refused.code != 0
    assert f"{node(last)} is not in the inventory and runs. To remove it, stop it" in refused.text

    faults.run(brokers.lab, last, "systemctl", "disable", "--now", UNIT)
    try:
        removed = make("deploy-only", inventories)
        assert removed.code == 0, removed.text
        assert set(brokers.status(first)["disk_nodes"]) == {
            node(host) for host in brokers.hosts[:-1]
        }
    finally:
        back = make("deploy-only")
    assert back.code == 0, back.text
    assert brokers.is_whole()
