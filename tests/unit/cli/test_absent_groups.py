"""Playbooks before an inventory without broker, database and cache of ours: no group is missed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

from celeriac.environments import ANSIBLE

ROOT = ANSIBLE.parents[1]
# What `celeriac` passes, as ansible-lint is told.
PASSED = yaml.safe_load((ROOT / ".ansible-lint").read_text())["extra_vars"]


def listed(
    folder: Path, groups: dict[str, list[str]], playbooks: Iterable[Path], *options: str
) -> tuple[str, dict[str, int]]:
    """Return what was complained of, and each play with how many hosts take part."""
    children = {name: {"hosts": dict.fromkeys(hosts)} for name, hosts in groups.items()}
    inventory = folder / "hosts.yml"
    inventory.write_text(json.dumps({"all": {"children": children}}))
    program = Path(sys.executable).with_name("ansible-playbook")
    words: list[str | Path] = [
        program,
        "-i",
        inventory,
        "--list-hosts",
        "-e",
        json.dumps(PASSED),
        *options,
    ]
    own = {"ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*words, *playbooks],
        env={**os.environ, **own, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.findall(r"play #\d+ \(.*\): (.+?)\t.*\n.*\n    hosts \((\d+)\)", done.stdout)
    return done.stderr, {name: int(count) for name, count in found}


def test_services_of_somebody_else_are_not_missed(tmp_path: Path) -> None:
    groups = {name: ["one"] for name in ("build", "web", "workers", "relay")}
    complaints, _ = listed(tmp_path, groups, ANSIBLE.glob("*.yml"))
    assert complaints == ""


@pytest.mark.parametrize(("options", "nodes"), [([], 2), (["--limit", "mq1"], 1)])
def test_ours_take_part_within_the_limit(tmp_path: Path, options: list[str], nodes: int) -> None:
    groups = {"build": ["one"], "broker": ["mq2", "mq1"], "cache": ["one"]}
    provision = [ANSIBLE / "provision.yml"]
    _, plays = listed(tmp_path, groups, provision, *options, "--tags", "rabbitmq,redis")
    assert plays["Prepare the broker"] == nodes
    assert plays["Run the cache"] == (0 if options else 1)
    assert plays["Run the database"] == 0
