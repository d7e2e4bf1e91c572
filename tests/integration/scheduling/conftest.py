"""A database of its own, which tests may restart; the port stays the same."""

import socket
from collections.abc import Iterator

import pytest
from testcontainers.community.postgres import PostgresContainer

from tests.integration import containers
from tests.integration.scheduling.timetable import Timetable
from tests.integration.way import Way


@pytest.fixture(scope="package")
def server(leftovers: None) -> Iterator[PostgresContainer]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with containers.postgresql(port) as container:
        yield container


@pytest.fixture(scope="package")
def deployed_timetable(
    server: PostgresContainer, tmp_path_factory: pytest.TempPathFactory
) -> Timetable:
    url = server.get_connection_url(driver=None)
    return Timetable.deployed(url, tmp_path_factory.mktemp("state"))


@pytest.fixture
def timetable(deployed_timetable: Timetable) -> Iterator[Timetable]:
    """The application without an entry; its processes end with the test."""
    deployed_timetable.empty()
    yield deployed_timetable
    deployed_timetable.empty()


@pytest.fixture
def way(timetable: Timetable) -> Iterator[Way]:
    """Another way to the database, which can be cut."""
    way = Way(*timetable.database.address)
    way.open()
    yield way
    way.close()
