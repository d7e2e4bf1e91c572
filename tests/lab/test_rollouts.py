"""The proof of releases under load, a few of them: nobody notices, a killed one neither."""

from __future__ import annotations

from tests.deployed import Deployed, make


def test_nobody_notices_a_release(deployed: Deployed) -> None:
    said = make("rollouts", "DEPLOYS=2", "BAD=killed-web", within=1200)
    assert said.code == 0, said.text
    assert "Every bar holds." in said.text
