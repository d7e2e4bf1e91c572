"""From a bare machine to the main job with one command, and what a second deploy does.

With Mitogen, it is tests/lab/test_second_application.py that deploys again.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.deployed import Deployed, make
from tests.lab.minimal import units


def test_the_demo_says_what_ran_where_and_how_long_it_took(deployed: Deployed) -> None:
    said = deployed.demo.text
    for hosts, what in (
        (deployed.inventory.groups["web"], "answered the request"),
        (deployed.pool_hosts("mail"), "sent the activation mail"),
        (deployed.pool_hosts("reports"), "computed the report"),
    ):
        assert re.search(rf"^  ({'|'.join(hosts)}) +{what}$", said, re.MULTILINE)
    assert f"{deployed.url()}/admin/" in said
    assert deployed.secret("secret.admin_password") in said
    assert "How long it took" in said


def test_a_deploy_without_mitogen_finds_the_same(deployed: Deployed) -> None:
    again = make("deploy", CELERIAC_STRATEGY="linear")
    assert again.code == 0, again.text
    assert again.changes == {}
    assert (
        "strategy plugins not included in ansible.builtin" not in again.text
    )  # Ansible's word for Mitogen


def test_check_mode_says_what_would_change_and_changes_nothing(
    deployed: Deployed, minimal: None, changed: Path
) -> None:
    before = units(deployed, "minimal")
    (changed / "hello" / "new.py").write_text("")
    said = make("deploy-only", f"APP={changed / 'celeriac.yml'}", "CHECK=1")
    assert said.code == 0, said.text
    assert set(said.changes) == {
        *deployed.inventory.groups["web"],
        *deployed.pool_hosts("mail", "minimal"),
    }
    assert units(deployed, "minimal") == before
