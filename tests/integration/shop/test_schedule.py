"""What staff can do with the schedule in the admin."""

import re
import uuid

import pytest
import requests

from tests.integration.applications import Application
from tests.integration.shop.conftest import ADMIN_PASSWORD
from tests.integration.shop.visitor import Visitor

SCHEDULE = "/admin/django_celery_beat/periodictask/"
# The part of the page about missed due times.
POLICY = "celeriac_policy"
UNTOUCHED = {f"{POLICY}-TOTAL_FORMS": "1", f"{POLICY}-INITIAL_FORMS": "0"}


@pytest.fixture
def admin(installed: Application, visitor: Visitor) -> Visitor:
    installed.manage("operations", "seed")
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
        f"{POLICY}-0-policy": "once",
        **UNTOUCHED,
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


def test_missed_tick_policy_is_chosen_with_the_entry(admin, every_minute, database) -> None:
    def policies() -> list[tuple[str]]:
        query = "SELECT policy FROM celeriac_entry_policy JOIN django_celery_beat_periodictask"
        database.execute(f"{query} ON entry_id = id WHERE name = %s", [name])
        return database.fetchall()

    name, _ = add(admin, every_minute)
    assert policies() == [], "the default needs no row"
    name, _ = add(admin, every_minute, **{f"{POLICY}-0-policy": "all"})
    assert policies() == [("all",)]
    database.execute("SELECT id FROM django_celery_beat_periodictask WHERE name = %s", [name])
    (number,) = database.fetchone()
    page = admin.get(f"{SCHEDULE}{number}/change/").text
    assert '<option value="all" selected>' in page
    assert admin.get("/admin/celeriac_scheduling/tick/").ok


def test_run_now(admin, every_minute, database, way_to_broker) -> None:
    """Accepted without a broker; what cannot run is refused where somebody sees it."""

    def run_now(name: str) -> str:
        database.execute("SELECT id FROM django_celery_beat_periodictask WHERE name = %s", [name])
        selected = {"action": "run_tasks", "_selected_action": database.fetchone()[0]}
        return admin.send_form(SCHEDULE, selected).text

    name, _ = add(admin, every_minute)
    way_to_broker.close()
    try:
        number = re.search(r'started. <a href="/tasks/([0-9a-f-]{36})/">Follow', run_now(name))
        assert number
        database.execute("SELECT task FROM celeriac_outbox WHERE task_id = %s", [number[1]])
        assert database.fetchall() == [("celery_tasks.reports.fail",)]
    finally:
        way_to_broker.open()
    name, _ = add(admin, every_minute, args="[1, 2, 3]")
    assert ": not started: fail() takes 0 positional arguments" in run_now(name)
