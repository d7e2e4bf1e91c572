"""The proof, three minutes of it: load and faults, and books that balance."""

from __future__ import annotations

from tests.deployed import Deployed, make


def test_nothing_accepted_is_lost(deployed: Deployed) -> None:
    said = make("soak", "MINUTES=3", "SEED=1", within=1800)
    assert said.code == 0, said.text
    assert "Every bar holds." in said.text
