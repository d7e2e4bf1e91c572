"""What the tests of the lab share."""

from __future__ import annotations

from pathlib import Path

import pytest

from celeriac.description.inventory import INVENTORIES
from celeriac.environments import Environment
from tests.deployed import Deployed
from tests.lab import copies
from tests.lab.brokers import Brokers
from tests.lab.minimal import deploy_unless_it_runs


@pytest.fixture(scope="session")
def brokers(deployed: Deployed) -> Brokers:
    """The broker's nodes; every test leaves all of them running."""
    secrets = Environment("lab", INVENTORIES).vault.environment_secrets()
    return Brokers(
        deployed.lab,
        deployed.inventory.groups["broker"],
        secrets["rabbitmq_admin_password"],
        secrets["ca_certificate"],
    )


@pytest.fixture(scope="module")
def minimal(deployed: Deployed) -> None:
    """The minimal application of the checkout runs when the module begins, and may run changed after.

    Whoever needs it next asks for it again, so that nobody deploys what runs, or what is replaced
    at once.
    """
    deploy_unless_it_runs()


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A copy of the minimal application, to be changed into another release."""
    return copies.of_minimal(tmp_path)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The same of the reference application."""
    return copies.of_shop(tmp_path)
