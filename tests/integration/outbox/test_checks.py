"""What `manage.py check` says about an outbox that cannot work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from celery import Celery
from celery.app.task import Task as CeleryTask
from django.core.checks import run_checks
from django.db import connection
from django.test import modify_settings, override_settings

from tests.integration.outbox.rows import Rows


def found(**options: Any) -> list[tuple[str, str, str]]:
    return [
        (message.id or "", message.msg, message.hint or "")
        for message in run_checks(**options)
        if (message.id or "").startswith("celeriac.")
    ]


@contextmanager
def celery(app: Celery, **settings: object) -> Iterator[None]:
    before = {name: app.conf[name] for name in settings}
    app.conf.update(settings)
    try:
        yield
    finally:
        app.conf.update(before)


def test_nothing_is_wrong(rows: Rows) -> None:
    assert found(databases=["default", "elsewhere"]) == []


@modify_settings(INSTALLED_APPS={"remove": "celeriac.publishing"})
def test_the_app_is_not_installed(rows: Rows) -> None:
    ((code, text, hint),) = found()
    assert code == "celeriac.E001"
    assert text.startswith("celeriac.publishing is not installed")
    assert hint.startswith(
        "Add 'celeriac.publishing' to INSTALLED_APPS and run `manage.py migrate`"
    )


@pytest.mark.parametrize(
    ("setting", "code", "text"),
    [
        (
            {"databse": "default"},
            "celeriac.E002",
            "CELERIAC_OUTBOX: no key 'databse'. Known: database, other_transactions.",
        ),
        (
            {"other_transactions": "ignore"},
            "celeriac.E002",
            "CELERIAC_OUTBOX: other_transactions: 'ignore' is neither 'refuse' nor 'allow'.",
        ),
        ({"database": "main"}, "celeriac.E003", "database 'main' is not in DATABASES."),
    ],
)
def test_the_setting_is_wrong(setting: dict[str, str], code: str, text: str, rows: Rows) -> None:
    with override_settings(CELERIAC_OUTBOX=setting):
        ((found_code, found_text, _),) = found()
    assert found_code == code
    assert found_text.endswith(text)


def test_the_database_is_not_postgresql(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    sqlite = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    monkeypatch.setitem(settings.DATABASES, "small", sqlite)
    with override_settings(CELERIAC_OUTBOX={"database": "small"}):
        ((code, text, hint),) = found()
    assert code == "celeriac.E003"
    assert text == "The outbox's database 'small' has ENGINE 'django.db.backends.sqlite3'."
    assert hint.startswith("The outbox needs PostgreSQL. Name the alias of such a database")


def test_the_tables_are_missing(rows: Rows) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE celeriac_outbox_parked RENAME TO elsewhere")
    try:
        ((code, text, hint),) = found(databases=["default"])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO celeriac_outbox_parked")
    assert (code, text) == (
        "celeriac.W001",
        "Database 'default' has no table celeriac_outbox_parked.",
    )
    assert hint == "Run `manage.py migrate --database default`."


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"task_protocol": 1}, "Celery's task_protocol is 1."),
        ({"result_backend": "rpc://"}, "Celery's result_backend is 'rpc://'."),
        ({"task_default_delivery_mode": 1}, "Celery's task_default_delivery_mode is 1."),
    ],
)
def test_a_setting_that_breaks_a_promise(
    settings: dict[str, object], text: str, application: Celery, rows: Rows
) -> None:
    with celery(application, **settings):
        ((code, found_text, _),) = found()
    assert (code, found_text) == ("celeriac.E004", text)


@override_settings(USE_TZ=False)
def test_times_without_a_zone(rows: Rows) -> None:
    ((code, text, hint),) = found()
    assert (code, hint) == ("celeriac.E006", "Set USE_TZ = True.")
    assert text.startswith("USE_TZ is False")


def test_results_whose_chords_may_not_go_on(application: Celery, rows: Rows) -> None:
    with celery(application, result_backend="redis://cache:6379/0"):
        ((code, text, _),) = found()
    assert code == "celeriac.W002"
    assert text.startswith("Results are kept by redis: when")


class Foreign(CeleryTask): ...


def test_a_task_of_another_class(application: Celery, rows: Rows) -> None:
    def run() -> None: ...

    application.task(name="foreign", base=Foreign)(run)
    try:
        ((code, text, hint),) = found()
    finally:
        application.tasks.unregister("foreign")
    assert code == "celeriac.E005"
    assert text.startswith("foreign: its class tests.integration.outbox.test_checks.Foreign is not")
    assert hint == "Derive it from celeriac.publishing.task.Task instead of Celery's."
