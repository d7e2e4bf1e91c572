"""What tests of several folders need."""

from __future__ import annotations

import pytest

from tests.deployed import Deployed, from_nothing


@pytest.fixture(scope="session")
def deployed() -> Deployed:
    """The reference application in the lab; every test leaves it running as it found it."""
    return from_nothing()
