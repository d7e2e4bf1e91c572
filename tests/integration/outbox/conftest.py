"""Django and Celery in the tests' own process, as a web process of an application has them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
from celery import Celery, Task

from tests.integration.outbox.rows import Rows

QUEUES = ["mail", "reports"]
NAMES = {"default": "outbox", "elsewhere": "elsewhere"}
# No resolver knows it: whoever opens a connection fails at once.
AT_ONCE = {"interval_start": 0, "interval_step": 0, "interval_max": 0}
BROKER = "amqp://no-broker.invalid//"
TASKS = "tests.integration.outbox.tasks"


@pytest.fixture(scope="session")
def outbox_url(database_url: str) -> str:
    """The first of two databases of our own, beside the shop's."""
    connection = psycopg2.connect(database_url)
    connection.autocommit = True
    for name in NAMES.values():
        connection.cursor().execute(f"CREATE DATABASE {name}")
    connection.close()
    return urlsplit(database_url)._replace(path=NAMES["default"]).geturl()


@pytest.fixture(scope="session")
def application(outbox_url: str, tmp_path_factory: pytest.TempPathFactory) -> Celery:
    """An application with two databases, both migrated."""
    runtime_document = tmp_path_factory.mktemp("release") / "celeriac.json"
    runtime_document.write_text(json.dumps(_document()))
    _set_up_django(outbox_url)

    from celeriac import runtime

    app = Celery("outbox")
    app.config_from_object("django.conf:settings", namespace="CELERY")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CELERIAC_RUNTIME", str(runtime_document))
        patch.delenv("CELERIAC_PROCESS", raising=False)
        runtime.configure(app)
    app.loader.import_default_modules()
    app.finalize()
    return app


def _document() -> dict[str, Any]:
    address = {"exchange": "tasks", "exchange_type": "topic"}
    quorum = {"queue_arguments": {"x-queue-type": "quorum"}}
    queues = [{"name": name, "routing_key": name, **address, **quorum} for name in QUEUES]
    return {
        "celery": {
            "common": {
                "task_queues": queues,
                "task_routes": {
                    f"{TASKS}.send": {"queue": "mail", "mandatory": True},
                    "*": {"queue": "reports", "mandatory": True},
                },
                "task_default_queue": "reports",
                "task_default_exchange": "tasks",
                "task_default_exchange_type": "topic",
                "task_default_routing_key": "reports",
                "task_create_missing_queues": False,
                "imports": [TASKS],
            },
            "processes": {"web": {"broker_transport_options": {"max_retries": 1, **AT_ONCE}}},
        },
        "publishing": {
            "processes": {"web": "outbox"},
            "queues": QUEUES,
            "writers": {"shop": QUEUES, "shop-mail": ["mail"]},
            "message_limit": 100_000,
        },
    }


def _set_up_django(url: str) -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    place = urlsplit(url)
    database = {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": place.hostname,
        "PORT": place.port,
        "USER": place.username,
        "PASSWORD": place.password,
    }
    settings.configure(
        SECRET_KEY="only for tests",
        USE_TZ=True,
        INSTALLED_APPS=[
            "celeriac.publishing",
            "django_celery_results",
            "tests.integration.outbox.orders",
        ],
        DATABASES={
            "default": {**database, "NAME": NAMES["default"]},
            "elsewhere": {**database, "NAME": NAMES["elsewhere"]},
        },
        CELERY_BROKER_URL=BROKER,
        CELERY_RESULT_BACKEND="django-db",
    )
    django.setup()
    for alias in settings.DATABASES:
        call_command("migrate", database=alias, run_syncdb=True, verbosity=0)


@pytest.fixture
def rows(application: Celery, outbox_url: str) -> Iterator[Rows]:
    """The outbox, empty at first."""
    connection = psycopg2.connect(outbox_url)
    connection.autocommit = True
    connection.cursor().execute("TRUNCATE celeriac_outbox; LISTEN celeriac_outbox")
    yield Rows(connection)
    connection.close()


@pytest.fixture
def send(application: Celery) -> Task:
    """Goes to the queue mail; every other task to reports."""
    return application.tasks[f"{TASKS}.send"]


@pytest.fixture
def report(application: Celery) -> Task:
    return application.tasks[f"{TASKS}.report"]


@pytest.fixture
def double(application: Celery) -> Task:
    return application.tasks[f"{TASKS}.double"]


@pytest.fixture
def statements(rows: Rows) -> Iterator[Callable[[str], int]]:
    """Count the statements that begin so, of those that Django has sent in this test."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as sent:
        yield lambda start: sum(query["sql"].startswith(start) for query in sent)


_connected: list[Any] = []
_watching = False


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if _watching and event in ("socket.connect", "socket.getaddrinfo"):
        _connected.append(arguments[0 if event == "socket.getaddrinfo" else 1])


sys.addaudithook(_watch)


@pytest.fixture(autouse=True)
def connected(rows: Rows) -> Iterator[list[Any]]:
    """Where a test has connected to, or tried: nowhere but to PostgreSQL, in C and unseen here."""
    global _watching
    from django.db import connections

    _connected.clear()
    _watching = True
    yield _connected
    _watching = False
    connections.close_all()
    assert _connected == []
