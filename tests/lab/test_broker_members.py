"""What a deploy does with a cluster that is not whole, and with nodes that leave and come."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.lab import faults
from tests.deployed import ROOT, Deployed, make
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


def provision(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "celeriac", "provision", "--roles", "rabbitmq", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


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
    refused = make("deploy-only", f"INVENTORIES={smaller}")
    assert refused.code != 0
    assert f"{node(last)} is not in the inventory and runs. To remove it, stop it" in refused.text

    # What a deploy does with the broker, and no more: no process gets other addresses and starts anew.
    faults.run(brokers.lab, last, "systemctl", "disable", "--now", UNIT)
    try:
        removed = provision("--inventories", str(smaller))
        assert removed.returncode == 0, removed.stdout + removed.stderr
        assert set(brokers.status(first)["disk_nodes"]) == {
            node(host) for host in brokers.hosts[:-1]
        }
    finally:
        back = provision()
    assert back.returncode == 0, back.stdout + back.stderr
    brokers.wait_until_whole()
