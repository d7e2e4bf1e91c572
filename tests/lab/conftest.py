"""What the tests of the lab share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from celeriac.description.inventory import INVENTORIES
from celeriac.environments import Environment
from tests.deployed import MINIMAL, Deployed
from tests.lab.brokers import Brokers


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


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A copy of the minimal application, to be changed into another release."""
    copy = tmp_path / "minimal"
    shutil.copytree(MINIMAL, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy
