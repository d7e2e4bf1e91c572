"""What people see while the broker or the database is away, and what becomes of their tasks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import pytest

from tests.integration.applications import Application
from tests.integration.shop.conftest import serve
from tests.integration.shop.post_office import PostOffice
from tests.integration.shop.visitor import Visitor, heading, newcomer
from tests.integration.way import Way


@contextmanager
def answered_within(seconds: float) -> Iterator[None]:
    since = time.monotonic()
    yield
    assert time.monotonic() - since < seconds


@pytest.fixture
def no_broker(visitor: Visitor, way_to_broker: Way) -> Iterator[Way]:
    """A broker that was there a moment ago and refuses connections now."""
    visitor.register(newcomer())
    way_to_broker.close()
    yield way_to_broker
    way_to_broker.close()  # where the test has opened it
    way_to_broker.open()


def test_without_the_broker_a_mail_is_accepted_and_sent_later(
    visitor: Visitor, post_office: PostOffice, no_broker: Way
) -> None:
    by_form, by_api = newcomer(), newcomer()
    with answered_within(seconds=2):
        assert heading(visitor.send_form("/accounts/register/", by_form)) == "Check your mail"
        answer = visitor.register(by_api)
    assert (answer.status_code, answer.json()["mail"]) == (201, "queued")
    shown = visitor.get(f"{answer.json()['task']}state").json()
    assert (shown["state"], shown["done"]) == ("PENDING", False)
    no_broker.open()
    assert heading(visitor.get(post_office.link(by_form["email"]))).startswith("Welcome")
    assert visitor.ended(answer.json()["task"])["state"] == "SUCCESS"


def test_an_account_and_its_mail_are_accepted_together(
    visitor: Visitor, installed: Application, database: psycopg2.extensions.cursor
) -> None:
    """Where the one cannot be stored, neither is the other."""
    who = newcomer()
    database.execute("ALTER TABLE celeriac_outbox RENAME TO elsewhere")
    try:
        assert visitor.register(who).status_code == 500
    finally:
        database.execute("ALTER TABLE elsewhere RENAME TO celeriac_outbox")
    database.execute("SELECT 1 FROM accounts_user WHERE email = %s", [who["email"]])
    assert database.fetchone() is None
    assert visitor.register(who).status_code == 201


@pytest.fixture
def way_to_database(installed: Application) -> Iterator[Way]:
    assert installed.database
    way = Way(*installed.database.address)
    way.open()
    yield way
    way.close()


@pytest.mark.parametrize("outage", [Way.close, Way.stall])
def test_without_the_database_every_answer_is_503_within_a_second(
    outage, installed: Application, way_to_database: Way
) -> None:
    with Visitor(serve(installed, database_port=way_to_database.port)) as visitor:
        page = visitor.get("/reports/")
        token = page.text.partition('csrfmiddlewaretoken" value="')[2].partition('"')[0]
        visitor.register(newcomer())
        outage(way_to_database)
        # The first finds connections that were good, the next has to connect.
        for _ in range(3):
            with answered_within(seconds=1):
                health = visitor.get("/healthz")
            with answered_within(seconds=1):
                api = visitor.register(newcomer())
            with answered_within(seconds=1):
                form = {"csrfmiddlewaretoken": token}
                page = visitor.post("/reports/failure/", form)
            assert (health.status_code, health.json()) == (503, {"database": "away"})
            assert (api.status_code, api.headers["Retry-After"]) == (503, "10")
            assert "Nothing was changed" in api.json()["detail"]
            assert (page.status_code, heading(page)) == (503, "We will be right back")
        way_to_database.close()
        way_to_database.open()
        assert visitor.get("/healthz").status_code == 200
        assert visitor.register(newcomer()).status_code == 201
