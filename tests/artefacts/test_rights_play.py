"""When the play that takes rights away runs; what it does is in tests/integration/ansible."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.artefacts.test_plays import read

ANSIBLE = Path(__file__).parents[2] / "deploy" / "ansible"


@pytest.mark.parametrize(
    ("playbook", "before", "after"),
    [
        ("release.yml", "Check that all of it runs", "Write down the deploy"),
        ("rollback.yml", "Check that all of it runs", "Write down the rollback"),
        ("scale.yml", "Stop what does not belong here any more", "Write it down"),
    ],
)
def test_it_comes_when_the_release_runs(playbook: str, before: str, after: str) -> None:
    names = [one["name"] for one in read(playbook)]
    here = names.index("Take away what is not needed any more")
    assert names[here - 1 : here + 2] == [before, "Take away what is not needed any more", after]


def test_provisioning_only_gives() -> None:
    """All who provision do so before the release that it is for runs."""
    roles = ANSIBLE / "roles"
    for role, file in (("rabbitmq", "defaults"), ("postgresql", "defaults"), ("redis", "defaults")):
        assert f"\n{role}_keep: true\n" in (roles / role / file / "main.yml").read_text() + "\n"
    provisioning = (ANSIBLE / "provision.yml").read_text() + (
        ANSIBLE / "secrets_declare.yml"
    ).read_text()
    assert "_keep:" not in provisioning
    assert provisioning.count("rabbitmq_objects:\n") == provisioning.count(" keep: true\n") == 1
