"""An application that knows nothing of the kit, beside the first one on the same hosts."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from tests.deployed import Deployed, Said, make
from tests.lab import copies
from tests.lab.minimal import hello, units


@dataclass(frozen=True)
class Beside:
    """A release of the second application: what it was deployed with and said, and the first one's units."""

    application: str
    said: Said
    before: dict[str, str]
    after: dict[str, str]


@pytest.fixture(scope="module")
def beside(deployed: Deployed, minimal: None, tmp_path_factory: pytest.TempPathFactory) -> Beside:
    """Deploy a new release of the second application, with Ansible's own strategy."""
    copy = copies.of_minimal(tmp_path_factory.mktemp("beside"))
    # Built anew in a lab that was kept, too.
    (copy / "hello" / "without_mitogen.py").write_text(f"BUILT = {time.time_ns()}\n")
    application, before = f"APP={copy / 'celeriac.yml'}", units(deployed, "dailyfresh")
    said = make("deploy-only", application, CELERIAC_STRATEGY="linear")
    return Beside(application, said, before, units(deployed, "dailyfresh"))


def test_a_release_is_built_and_activated_without_mitogen(beside: Beside) -> None:
    assert beside.said.code == 0, beside.said.text
    assert "Pack the release" in beside.said.text


def test_it_runs_its_task_on_the_worker_of_its_own_pool(deployed: Deployed, beside: Beside) -> None:
    answer = hello(deployed)
    (worker,) = deployed.pool_hosts("mail", "minimal")
    assert answer["result"] == f"Hello from {worker}"
    assert answer["publisher"] in deployed.inventory.groups["web"]
    assert answer["publisher"] != worker


def test_the_first_application_was_not_restarted(beside: Beside) -> None:
    # Three pools, web, relay and beat, each on two hosts.
    assert len(beside.before) >= 12
    assert beside.after == beside.before


def test_deploying_it_again_changes_nothing(beside: Beside) -> None:
    """With Mitogen now, which finds what was made without it."""
    again = make("deploy", beside.application)
    assert again.code == 0, again.text
    assert again.changes == {}


def test_deploying_the_first_again_changes_nothing(deployed: Deployed, beside: Beside) -> None:
    again = make("deploy")
    assert again.code == 0, again.text
    assert again.changes == {}
    assert hello(deployed)["result"].startswith("Hello")
