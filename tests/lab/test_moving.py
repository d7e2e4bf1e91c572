"""A process that the inventory gives to another host runs there, and no longer where it was."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deploy.lab import faults
from tests.deployed import Deployed, make


@pytest.fixture
def elsewhere(deployed: Deployed, tmp_path: Path) -> Path:
    """A folder with a copy of the lab's inventory in which one beat is on another host."""
    copy = tmp_path / "inventories" / "lab"
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


def test_a_beat_moves_to_another_host_and_back(deployed: Deployed, elsewhere: Path) -> None:
    assert beats(deployed) == {"relay1", "relay2"}
    moved = make("deploy-only", f"INVENTORIES={elsewhere}")
    assert moved.code == 0, moved.text
    assert beats(deployed) == {"relay1", "worker1"}
    back = make("deploy-only")
    assert back.code == 0, back.text
    assert beats(deployed) == {"relay1", "relay2"}
