"""The shop as it runs: its web process and its mail worker, for all tests of this folder."""

import socket
from collections.abc import Iterator
from dataclasses import replace

import psycopg2.extensions
import pytest
import requests
from redis import Redis

from tests.integration.applications import Application
from tests.integration.shop.post_office import PostOffice
from tests.integration.shop.visitor import Visitor
from tests.integration.waiting import wait_for
from tests.integration.way import Way

ADMIN_PASSWORD = "celeriac-for-the-admin"


@pytest.fixture(scope="package")
def post_office() -> Iterator[PostOffice]:
    with PostOffice() as office:
        yield office
        office.shutdown()


@pytest.fixture(scope="package")
def way_to_broker(deployed_shop: Application) -> Iterator[Way]:
    """How the relay reaches the broker; open unless a test closes it."""
    way = Way(deployed_shop.broker.host, deployed_shop.broker.port)
    way.open()
    yield way
    way.close()


@pytest.fixture(scope="package")
def installed(deployed_shop: Application, post_office: PostOffice) -> Iterator[Application]:
    """The shop without a process yet; ends its processes after the last test."""
    own = {
        "SMTP_PORT": str(post_office.port),
        "SITE_URL": "http://127.0.0.1",
        "ALLOWED_HOSTS": "127.0.0.1",
        "ADMIN_PASSWORD": ADMIN_PASSWORD,
    }
    shop = replace(deployed_shop, credentials=deployed_shop.credentials | own, started=[])
    shop.broker.empty(shop.vhost)
    yield shop
    shop.remove_units()


@pytest.fixture(scope="package")
def site(installed: Application, way_to_broker: Way) -> str:
    """The address of the shop, with a relay and a mail worker behind it."""
    way = installed.url("relay", way_to_broker.port)
    installed.relay(broker_url=way).wait_ready()
    installed.worker("mail").wait_ready()
    return serve(installed)


@pytest.fixture
def visitor(site: str) -> Iterator[Visitor]:
    with Visitor(site) as someone:
        yield someone


@pytest.fixture
def database(installed: Application) -> Iterator["psycopg2.extensions.cursor"]:
    assert installed.database
    with installed.database.cursor() as cursor:
        yield cursor


@pytest.fixture
def empty_cache(cache_url: str) -> Redis:
    redis = Redis.from_url(cache_url, decode_responses=True)
    redis.flushdb()
    return redis


def serve(shop: Application, database_port: int | None = None, **changes: str) -> str:
    """Start a web process with some variables changed; return its address when it serves."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    changed = replace(shop, credentials=shop.credentials | changes)
    unit = changed.start(
        "web",
        [*shop.description.web.command, f"--bind={address}", "--threads=4"],
        ready="self",
        database_port=database_port,
    )
    unit.wait_ready()
    wait_for(lambda: _answers(f"http://{address}/healthz"), "the shop answers")
    return f"http://{address}"


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=10).ok
    except requests.ConnectionError:
        return False
