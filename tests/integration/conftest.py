"""One broker and one cache for the session; an application's processes for each test."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.integration import containers
from tests.integration.applications import Application, Publisher
from tests.integration.broker import ADMINISTRATOR, Broker
from tests.integration.database import Database
from tests.integration.waiting import wait_for
from tests.integration.way import Way

# It reports each attempt to reach a broker that still starts as an error.
logging.getLogger("pika").setLevel(logging.CRITICAL)

FOLDER = Path(__file__).parent / "application"


@pytest.fixture(scope="session", autouse=True)
def leftovers() -> None:
    containers.remove_leftovers()


@pytest.fixture(scope="session")
def broker(leftovers: None) -> Iterator[Broker]:
    with containers.rabbitmq(ADMINISTRATOR) as container:
        found = Broker.of(container)
        wait_for(found.answers, "RabbitMQ answers", seconds=60)
        yield found


@pytest.fixture(scope="session")
def cache_url(leftovers: None) -> Iterator[str]:
    with containers.redis() as container:
        yield f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(6379)}/0"


@pytest.fixture(scope="session")
def deployed(
    broker: Broker, cache_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Application:
    state = tmp_path_factory.mktemp("state")
    return Application.deployed(FOLDER, broker, state, {"CACHE_URL": cache_url})


@pytest.fixture
def trial(deployed: Application, board: Redis) -> Iterator[Application]:
    """The tests' own application, its queues empty; its processes end with the test."""
    deployed.broker.empty(deployed.vhost)
    yield deployed
    deployed.remove_units()


@pytest.fixture
def web(trial: Application) -> Publisher:
    """Publishes what the application's web process may."""
    return trial.publisher()


@pytest.fixture(scope="session")
def database_url(leftovers: None) -> Iterator[str]:
    with containers.postgresql() as container:
        yield container.get_connection_url(driver=None)


@pytest.fixture(scope="session")
def deployed_shop(
    broker: Broker, cache_url: str, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Application:
    state = tmp_path_factory.mktemp("state")
    credentials = {
        "CACHE_URL": cache_url,
        "SECRET_KEY": "only for tests",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": "25",
        "SITE_URL": "http://shop.example",
        "ALLOWED_HOSTS": "shop.example",
    }
    shop = Application.deployed(containers.ROOT, broker, state, credentials)
    shop.database = Database(database_url, shop.description)
    shop.database.create()
    shop.manage("operations", "migrate", "--verbosity=0")
    shop.started.clear()
    return shop


@pytest.fixture
def shop(deployed_shop: Application) -> Iterator[Application]:
    """The reference application, its queues empty; its processes end with the test."""
    deployed_shop.broker.empty(deployed_shop.vhost)
    yield deployed_shop
    deployed_shop.remove_units()


@pytest.fixture
def way(broker: Broker) -> Iterator[Way]:
    """A way to the broker, closed at first."""
    way = Way(broker.host, broker.port)
    yield way
    way.close()


@pytest.fixture
def board(cache_url: str) -> Redis:
    """The lists on which the application's tasks write."""
    redis = Redis.from_url(cache_url, decode_responses=True)
    redis.flushdb()
    return redis


@pytest.fixture
def outcome(board: Redis) -> Callable[[str], dict[str, Any]]:
    """Wait until a task has ended; return what Celery stored of it."""

    def stored(task: str) -> dict[str, Any] | None:
        kept = json.loads(board.get(f"celery-task-meta-{task}") or "{}")
        return kept if kept.get("status") in ("SUCCESS", "FAILURE") else None

    return lambda task: wait_for(lambda: stored(task), f"task {task} has ended")


@pytest.fixture(scope="session")
def deployed_tally(
    broker: Broker, cache_url: str, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Application:
    state, folder = tmp_path_factory.mktemp("state"), Path(__file__).parent / "tally"
    application = Application.deployed(folder, broker, state, {"CACHE_URL": cache_url})
    application.database = Database(database_url, application.description)
    application.database.create()
    application.manage("operations", "migrate", "--verbosity=0")
    application.started.clear()
    return application


@pytest.fixture
def tally(deployed_tally: Application, board: Redis) -> Iterator[Application]:
    """The application of tests of what is done once, its queues empty."""
    deployed_tally.broker.empty(deployed_tally.vhost)
    yield deployed_tally
    deployed_tally.remove_units()
