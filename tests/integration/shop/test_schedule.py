"""What staff can do with the schedule in the admin."""

import uuid

import pytest
import requests

from tests.integration.applications import Application
from tests.integration.relay import Relay
from tests.integration.shop.conftest import ADMIN_PASSWORD, manage
from tests.integration.shop.visitor import Visitor

SCHEDULE = "/admin/django_celery_beat/periodictask/"


@pytest.fixture
def admin(installed: Application, visitor: Visitor) -> Visitor:
    manage(installed, "seed")
    visitor.send_form("/accounts/login/", {"username": "admin", "password": ADMIN_PASSWORD})
    return visitor


@pytest.fixture
def every_minute(database) -> int:
    database.execute("SELECT id FROM django_celery_beat_intervalschedule WHERE every = 1")
    return database.fetchone()[0]


def add(admin: Visitor, interval: int, **changes: str) -> tuple[str, requests.Response]:
    name = f"entry {uuid.uuid4().hex}"
    fields = {
        "name": name,
        "task": "celery_tasks.reports.fail",
        "enabled": "on",
        "interval": interval,
        "args": "[]",
        "kwargs": "{}",
    }
    return name, admin.send_form(f"{SCHEDULE}add/", fields | changes)


def test_add_pause_resume_delete(admin: Visitor, every_minute: int, database) -> None:
    def entry() -> tuple[int, bool] | None:
        query = "SELECT id, enabled FROM django_celery_beat_periodictask WHERE name = %s"
        database.execute(query, [name])
        return database.fetchone()

    name, _ = add(admin, every_minute)
    number, enabled = entry()
    assert enabled
    admin.send_form(SCHEDULE, {"action": "disable_tasks", "_selected_action": number})
    assert entry() == (number, False)
    admin.send_form(SCHEDULE, {"action": "enable_tasks", "_selected_action": number})
    assert entry() == (number, True)
    admin.send_form(f"{SCHEDULE}{number}/delete/", {"post": "yes"})
    assert entry() is None


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("args", "5", "Write a list, for example [1, 2]."),
        ("kwargs", "[]", "Write an object"),
        ("task", "no.such.task", "No task is called no.such.task."),
    ],
)
def test_entry_that_could_not_run_is_refused(admin, every_minute, field, value, said) -> None:
    _, answer = add(admin, every_minute, **{field: value})
    assert said in answer.text


def test_run_now_without_broker_says_so(admin: Visitor, way_to_broker: Relay, database) -> None:
    database.execute("SELECT id FROM django_celery_beat_periodictask WHERE name LIKE 'Write%'")
    way_to_broker.close()
    try:
        selected = {"action": "run_tasks", "_selected_action": database.fetchone()[0]}
        answer = admin.send_form(SCHEDULE, selected)
        assert "not started, the task queue cannot be reached" in answer.text
    finally:
        way_to_broker.open()
