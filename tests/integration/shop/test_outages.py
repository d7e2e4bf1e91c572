"""What people see while the broker or the database is away."""

import time
from urllib.parse import urlsplit

import pytest

from tests.integration.applications import Application
from tests.integration.relay import Relay
from tests.integration.shop.conftest import serve
from tests.integration.shop.post_office import PostOffice
from tests.integration.shop.visitor import Visitor, heading, newcomer

BOUND = 20  # seconds within which a request must be answered whatever happens


@pytest.fixture
def no_broker(visitor: Visitor, way_to_broker: Relay):
    """A broker that was there a moment ago and refuses connections now."""
    visitor.register(newcomer())
    way_to_broker.close()
    yield
    way_to_broker.close()  # where the test has opened it
    way_to_broker.open()


def test_form_without_broker(visitor, post_office: PostOffice, way_to_broker, no_broker) -> None:
    who = newcomer()
    since = time.monotonic()
    answer = visitor.send_form("/accounts/register/", who)
    assert time.monotonic() - since < BOUND
    assert heading(answer) == "Your account is there; the mail is delayed"
    again = visitor.send_form("/accounts/resend/", {"email": who["email"]})
    assert heading(again) == "The mail is still delayed"
    way_to_broker.open()
    visitor.send_form("/accounts/resend/", {"email": who["email"]})
    assert heading(visitor.get(post_office.link(who["email"]))).startswith("Welcome")


def test_api_without_broker(visitor: Visitor, no_broker) -> None:
    answer = visitor.register(newcomer())
    assert (answer.status_code, answer.json()["mail"]) == (201, "delayed")
    assert "/api/accounts/resend/" in answer.json()["detail"]
    shown = visitor.ended(answer.json()["task"])
    assert (shown["state"], shown["elapsed"]) == ("NOT SENT", None)


def test_without_database(installed: Application) -> None:
    url = urlsplit(installed.credentials["DATABASE_URL"])
    way = Relay(url.hostname or "", url.port or 5432)
    way.open()
    place = f"{url.username}:{url.password}@127.0.0.1:{way.port}"
    site = serve(installed, DATABASE_URL=url._replace(netloc=place).geturl())
    way.close()
    with Visitor(site) as visitor:
        since = time.monotonic()
        health = visitor.get("/healthz")
        assert (health.status_code, health.json()) == (503, {"database": "away"})
        api = visitor.register(newcomer())
        assert (api.status_code, "Nothing was changed" in api.json()["detail"]) == (503, True)
        page = visitor.send_form("/reports/", {}, action="/reports/failure/")
        assert (page.status_code, heading(page)) == (503, "We will be right back")
        assert time.monotonic() - since < BOUND
        way.open()
        assert visitor.get("/healthz").status_code == 200
        way.close()
