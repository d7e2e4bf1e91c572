"""One office for all tests of this folder; each finds it empty."""

from collections.abc import Iterator

import pytest

from tests.integration.broker import Broker
from tests.integration.relaying.office import Office


@pytest.fixture(scope="package")
def opened_office(
    broker: Broker, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Office:
    return Office.opened(broker, database_url, tmp_path_factory.mktemp("office"))


@pytest.fixture
def office(opened_office: Office) -> Iterator[Office]:
    """Its processes end with the test."""
    opened_office.empty()
    own = opened_office.again()
    yield own
    own.application.remove_units()
