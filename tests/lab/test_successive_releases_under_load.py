"""The proof of releases under load, a few of them: nobody notices, a killed one neither."""

from __future__ import annotations

from tests.deployed import Deployed, make


def test_nobody_notices_a_release(deployed: Deployed) -> None:
    # A good release and back, and one whose process is killed when half of the web hosts have it.
    said = make("rollouts", "DEPLOYS=1", "BAD=killed-web", within=1200)
    assert said.code == 0, said.text
    assert "Every bar holds." in said.text
