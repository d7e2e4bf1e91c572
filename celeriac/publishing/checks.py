"""What `manage.py check` finds before the first task is published."""

import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any

from celery import Celery
from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from django.db import connections

from celeriac import runtime
from celeriac.publishing.message import PARKED_TABLE, TABLE
from celeriac.publishing.settings import OutboxSettings
from celeriac.publishing.task import REMEDY, Task, foreign

# Celery's setting, the values that break a promise, and what to do. What celeriac.yml derives
# overrides the application's settings and cannot be wrong.
CONTRADICTIONS: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
    (
        "task_protocol",
        lambda value: value != 2,
        "The outbox keeps messages of protocol 2. Remove CELERY_TASK_PROTOCOL.",
    ),
    (
        "result_backend",
        lambda value: str(value).startswith("rpc"),
        "Results over rpc need a queue on the broker for each publisher, and a publisher through "
        "the outbox has no broker. Choose another CELERY_RESULT_BACKEND, such as django-db.",
    ),
    (
        "task_default_delivery_mode",
        lambda value: value not in (2, "persistent"),
        "A transient message is lost when the broker restarts. Remove "
        "CELERY_TASK_DEFAULT_DELIVERY_MODE.",
    ),
)


def install(app: Celery) -> None:
    """Register the checks: also where the Django app, which would do it, is missing."""

    @register()  # type: ignore[untyped-decorator]
    def check_outbox(**_: Any) -> list[CheckMessage]:
        return list(_outbox(app)) if runtime.publishing().via_outbox else []

    @register(Tags.database)  # type: ignore[untyped-decorator]
    def check_tables(databases: Iterable[str] | None = None, **_: Any) -> list[CheckMessage]:
        migrating = "migrate" in sys.argv[1:2]
        if migrating or not runtime.publishing().via_outbox:
            return []
        return list(_tables(databases or ()))


def _outbox(app: Celery) -> Iterator[CheckMessage]:
    if not apps.is_installed("celeriac.publishing"):
        yield Error(
            "celeriac.publishing is not installed, and this process publishes through the outbox.",
            hint="Add 'celeriac.publishing' to INSTALLED_APPS and run `manage.py migrate`, or "
            "write `via: direct` for the process in celeriac.yml.",
            id="celeriac.E001",
        )
    if not settings.USE_TZ:
        yield Error(
            "USE_TZ is False: the relay could not tell when a task is due.",
            hint="Set USE_TZ = True.",
            id="celeriac.E006",
        )
    backend = str(app.conf.result_backend or "")
    if backend not in ("", "disabled", "django-db") and not backend.startswith("rpc"):
        yield Warning(
            f"Results are kept by {backend.partition(':')[0]}: when the end of a chord's last "
            "member meets an outage of the database, the chord's body is lost.",
            hint="Where chords matter, use CELERY_RESULT_BACKEND = 'django-db' "
            "(django-celery-results), whose chords the kit completes.",
            id="celeriac.W002",
        )
    yield from _database()
    for name, contradicts, remedy in CONTRADICTIONS:
        value = app.conf.get(name)
        if contradicts(value):
            yield Error(f"Celery's {name} is {value!r}.", hint=remedy, id="celeriac.E004")
    for module in app.conf.imports:
        import_module(module)
    for _, task in sorted(app.tasks.items()):
        if not isinstance(task, Task):
            yield Error(foreign(task), hint=REMEDY, id="celeriac.E005")


def _database() -> Iterator[CheckMessage]:
    try:
        alias = OutboxSettings.read().database
    except ImproperlyConfigured as error:
        yield Error(str(error), hint="docs/publishing.md explains the keys.", id="celeriac.E002")
        return
    engine = settings.DATABASES.get(alias, {}).get("ENGINE")
    if engine is None or connections[alias].vendor != "postgresql":
        what = "is not in DATABASES" if engine is None else f"has ENGINE {engine!r}"
        yield Error(
            f"The outbox's database {alias!r} {what}.",
            hint="The outbox needs PostgreSQL. Name the alias of such a database: "
            "CELERIAC_OUTBOX = {'database': '…'}.",
            id="celeriac.E003",
        )


def _tables(databases: Iterable[str]) -> Iterator[CheckMessage]:
    try:
        alias = OutboxSettings.read().database
        tables = connections[alias].introspection.table_names() if alias in databases else None
    except (ImproperlyConfigured, DatabaseError):
        return  # said above, or seen by whoever connects
    if tables is None:
        return
    for table in (TABLE, PARKED_TABLE):
        if table not in tables:
            # No error: `migrate` called by a program is checked too, before it makes them.
            yield Warning(
                f"Database {alias!r} has no table {table}.",
                hint=f"Run `manage.py migrate --database {alias}`.",
                id="celeriac.W001",
            )
