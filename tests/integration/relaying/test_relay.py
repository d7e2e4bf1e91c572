"""The relay: what it sends, what it parks, and how it shares the work."""

import json
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from celeriac.publishing.message import CHANNEL
from tests.integration.relaying.office import BOXES, LETTERS, Office, insert, letter
from tests.integration.systemd import Unit
from tests.integration.waiting import wait_for

LIMIT = 1024 * 1024


@pytest.fixture(scope="module")
def relay(opened_office: Office) -> Iterator[Unit]:
    """One for all tests here."""
    office = opened_office.again()
    yield office.relay().wait_ready()
    office.application.remove_units()


def test_what_is_accepted_is_sent_as_it_was_and_leaves_the_outbox(
    office: Office, relay: Unit
) -> None:
    sent = letter(headers={"id": "a", "task": "t", "list": [None, 1]}, task_id="a", task="t")
    office.accept(sent)
    office.wait_sent()
    with office.broker.channel(office.vhost) as channel:
        _, properties, body = channel.basic_get(LETTERS, auto_ack=True)
    assert (properties.headers, body) == (sent["headers"], sent["body"])
    assert (properties.content_type, properties.content_encoding) == ("application/json", "utf-8")
    assert properties.correlation_id == sent["properties"]["correlation_id"]
    assert properties.delivery_mode == 2


def test_a_commit_wakes_the_relay_which_else_looks_soon(office: Office, relay: Unit) -> None:
    assert latency(office, wake=True) < 0.6 * latency(office, wake=False) < 0.3


def latency(office: Office, *, wake: bool) -> float:
    """Return the median of seconds from commit to queue."""
    found = []
    with office.transaction() as cursor, office.broker.channel(office.vhost) as channel:
        for _ in range(15):
            insert(cursor, letter())
            cursor.connection.commit()
            since = time.monotonic()
            if wake:
                cursor.execute(f"NOTIFY {CHANNEL}")
                cursor.connection.commit()
            while not channel.basic_get(LETTERS, auto_ack=True)[0]:
                assert time.monotonic() < since + 5
            found.append(time.monotonic() - since)
    return statistics.median(found)


UNSENDABLE: dict[str, dict[str, Any]] = {
    "unroutable: celeriac.yml describes no queue 'lettres'": {"routing_key": "lettres"},
    "unroutable: tasks go to exchange 'tasks', not 'task'": {"exchange": "task"},
    "forbidden: database role 'parcels-web' may not publish to 'boxes'": {"routing_key": BOXES},
    "oversize: its body has": {"body": b"x" * (LIMIT + 1)},
    "undecodable: its body is not JSON": {"body": b"\xff\xfe"},
    "undecodable: its body is not [args, kwargs, embed]": {"body": b"{}"},
    "undecodable: its headers do not name": {"headers": {"task": "t"}},
    "undecodable: its headers or properties are": {"headers": ["task"]},
    "rejected: AMQP has no property colour": {"properties": {"colour": "red"}},
    "rejected: its header 'huge'": {"more": {"huge": 2**70}},
    "rejected: PRECONDITION_FAILED": {"properties": {"user_id": "somebody"}},
}


def test_what_cannot_be_sent_is_parked_and_holds_up_no_other(office: Office, relay: Unit) -> None:
    letters = []
    for changes in UNSENDABLE.values():
        bad = letter(**{name: value for name, value in changes.items() if name != "more"})
        if "more" in changes:
            bad["headers"] = bad["headers"] | changes["more"]
        letters += [bad, letter()]
    office.accept(*letters)
    office.wait_sent()
    parked = office.parked()
    for (reason, _), bad in zip(UNSENDABLE.items(), letters[0::2], strict=True):
        assert parked.pop(bad["task_id"]).startswith(reason)
    assert not parked
    assert office.received().keys() == {good["task_id"] for good in letters[1::2]}


def test_what_no_queue_takes_is_parked(office: Office, relay: Unit) -> None:
    with office.broker.channel(office.vhost) as channel:
        channel.queue_delete(BOXES)
    try:
        [lost] = office.accept(letter(routing_key=BOXES), process="pool-letters")
        [sent] = office.accept(letter())
        office.wait_sent()
    finally:
        office.application.declare()
    assert office.parked() == {lost: "unroutable: no queue takes 'boxes' in exchange 'tasks'"}
    assert office.received().keys() == {sent}


def test_a_row_may_not_say_who_wrote_it(office: Office, relay: Unit) -> None:
    with office.transaction("web") as cursor:
        insert(cursor, letter(routing_key=BOXES))
        cursor.execute("UPDATE celeriac_outbox SET writer = 'parcels-pool-letters'")
    office.wait_sent()
    [reason] = office.parked().values()
    assert "'parcels-web' may not publish" in reason
    assert not office.received(BOXES)


def test_expired_messages_are_sent_for_the_worker_to_revoke(office: Office, relay: Unit) -> None:
    [expired] = office.accept(letter(expires=datetime.now(UTC) - timedelta(hours=1)))
    office.wait_sent()
    with office.broker.channel(office.vhost) as channel:
        _, properties, _ = channel.basic_get(LETTERS, auto_ack=True)
    assert properties.headers["id"] == expired
    assert properties.expiration is None


def test_a_row_that_was_committed_late_is_found(office: Office, relay: Unit) -> None:
    """Its id is lower than those of many that were sent long before."""
    with office.transaction() as cursor:
        late = letter()
        insert(cursor, late)
        since = time.monotonic()
        while time.monotonic() < since + 2.5:  # longer than the relay looks back
            office.accept(letter())
            office.wait_sent()
    office.wait_sent(seconds=3)
    assert late["task_id"] in office.received()


def test_it_says_that_it_lives_and_how_the_outbox_stands(office: Office, relay: Unit) -> None:
    office.accept(letter())
    office.wait_sent()
    wait_for(lambda: relay.status.startswith("0 waiting"), "the status says what was sent")
    beats = relay.notifications.count("WATCHDOG=1")
    wait_for(lambda: relay.notifications.count("WATCHDOG=1") > beats + 1, "it lives on")


def test_an_operator_retries_and_drops_what_was_parked(office: Office, relay: Unit) -> None:
    first, second = office.accept(letter(routing_key=BOXES), letter(body=b"?"))
    office.wait_sent()
    manage = office.application.manage
    assert json.loads(manage("operations", "outbox", "status", "--json"))["parked"] == {
        "forbidden": 1,
        "undecodable": 1,
    }
    listed = json.loads(manage("operations", "outbox", "list", "--json"))
    assert [each["task_id"] for each in listed] == [first, second]
    assert "body" not in listed[0]
    [shown] = json.loads(manage("operations", "outbox", "show", first))
    assert shown["body"] == [[1], {}, {}]
    manage("operations", "outbox", "retry", "--reason", "forbidden")
    office.wait_sent()
    assert office.received(BOXES).keys() == {first}
    manage("operations", "outbox", "drop", "--all", "--yes")
    assert not office.parked()


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (["drop", "--all"], "add --yes"),
        (["retry"], "Say which"),
        (["show", "--waiting", "--reason", "forbidden"], "have no reason"),
    ],
)
def test_commands_that_ask_for_too_much_are_refused(
    office: Office, command: list[str], text: str
) -> None:
    unit = office.application.start(
        "operations",
        [*office.application.description.django.manage, "outbox", *command],
        ready="none",
    )
    assert unit.wait() != 0
    assert text in unit.log
    assert "Traceback" not in unit.log
