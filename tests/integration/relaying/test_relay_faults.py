"""The relay when the broker, the database or the relay itself fails: late, twice, never lost."""

import itertools
import signal
import time
from collections import Counter

import psycopg2
import pytest

from tests.integration.broker import Broker
from tests.integration.relaying.office import BOXES, LETTERS, Office, due, letter
from tests.integration.systemd import Unit
from tests.integration.waiting import wait_for
from tests.integration.way import Way

# Longest time for which a relay keeps rows locked when the broker says nothing.
PATIENCE = 6


@pytest.fixture
def way_to_database(office: Office):
    way = Way(*office.database.address)
    way.open()
    yield way
    way.close()


@pytest.fixture
def relay(office: Office) -> Unit:
    return office.relay().wait_ready()


def relay_by(office: Office, way: Way) -> Unit:
    return office.relay(broker_url=office.application.url("relay", way.port)).wait_ready()


def locked(office: Office) -> bool:
    free = office.database.rows("SELECT id FROM celeriac_outbox FOR UPDATE SKIP LOCKED")
    return len(free) < office.waiting()


def test_two_relays_share_the_work(office: Office) -> None:
    relays = [office.relay().wait_ready() for _ in range(2)]
    accepted = [office.accept(*(letter() for _ in range(300))) for _ in range(8)]
    office.wait_sent()
    assert office.received() == Counter(itertools.chain(*accepted))
    wait_for(
        lambda: not any(relay.status.endswith(" 0 sent") for relay in relays), "each has sent some"
    )


def test_a_delay_counts_from_when_it_was_accepted(office: Office) -> None:
    """The relay was down for longer than one of the delays."""
    office.accept(due(1), due(5))
    accepted = time.monotonic()
    wait_for(lambda: time.monotonic() > accepted + 1.2, "the first delay is over")
    office.relay().wait_ready()
    office.wait_sent()
    office.arrival()
    assert time.monotonic() < accepted + 4
    # Whole seconds are the broker's; the worker waits for the fraction.
    assert 3.8 < office.arrival() - accepted < 6


def test_killed_between_confirm_and_delete_it_sends_twice_and_loses_nothing(
    office: Office,
) -> None:
    accepted = office.accept(*(letter() for _ in range(100)))
    holder = psycopg2.connect(office.database.administrator, dbname=office.database.name)
    with holder, holder.cursor() as cursor:
        # Rows may be locked, and not deleted.
        cursor.execute("LOCK TABLE celeriac_outbox IN SHARE MODE")
        relay = office.relay()
        wait_for(lambda: office.broker.ready(office.vhost, LETTERS) == 100, "all were sent")
        relay.process.send_signal(signal.SIGKILL)
        relay.wait()
    holder.close()
    assert office.waiting() == 100
    office.relay().wait_ready()
    office.wait_sent()
    received = office.received()
    assert received.keys() == set(accepted)
    assert set(received.values()) == {2}


def test_a_broker_that_is_away_is_waited_for(office: Office, way: Way) -> None:
    relay = relay_by(office, way)
    accepted = office.accept(*(letter() for _ in range(10)))
    wait_for(lambda: "broker: " in relay.status, "the status says that the broker is away")
    way.open()
    office.wait_sent(seconds=7)
    way.close()
    accepted += office.accept(*(letter() for _ in range(10)))
    wait_for(lambda: "broker: " in relay.status, "the status says that the broker is away")
    way.open()
    office.wait_sent(seconds=7)
    assert office.received().keys() == set(accepted)


def test_a_silent_broker_does_not_keep_rows_locked(office: Office, way: Way) -> None:
    way.open()
    relay = relay_by(office, way)
    office.accept(letter())
    office.wait_sent()
    way.stall()
    accepted = office.accept(*(letter() for _ in range(700)))
    wait_for(lambda: locked(office), "they are claimed")
    wait_for(lambda: not locked(office), "they are let go", seconds=PATIENCE + 2)
    assert office.waiting() == 700
    beats = relay.notifications.count("WATCHDOG=1")
    assert beats >= 4
    way.close()
    way.open()
    office.wait_sent()
    assert office.received().keys() > set(accepted)


def test_a_paused_and_a_restarted_broker(office: Office, relay: Unit, broker: Broker) -> None:
    accepted = office.accept(letter())
    office.wait_sent()
    with broker.paused():
        accepted += office.accept(*(letter() for _ in range(50)))
        office.notify()
        wait_for(lambda: locked(office), "they are claimed")
    office.wait_sent()
    with broker.stopped():
        accepted += office.accept(*(letter() for _ in range(50)))
        wait_for(lambda: "broker: " in relay.status, "the status says that the broker is away")
    office.wait_sent()
    assert office.received().keys() == set(accepted)


def test_a_memory_alarm_is_waited_for_without_sending_twice(
    office: Office, relay: Unit, broker: Broker
) -> None:
    accepted = office.accept(letter())
    office.wait_sent()
    with broker.memory_alarm():
        accepted += office.accept(*(letter() for _ in range(200)))
        wait_for(lambda: "alarm" in relay.status, "the status says why")
        assert office.waiting() == 200
        assert not locked(office)
    office.wait_sent()
    received = office.received()
    assert received.keys() == set(accepted)
    assert received.total() == len(accepted)


def test_a_full_queue_holds_up_no_other(office: Office, relay: Unit, broker: Broker) -> None:
    path = f"policies/{office.vhost}/full"
    definition = {"max-length": 1, "overflow": "reject-publish"}
    broker.management.send(
        "PUT", path, {"pattern": "^boxes$", "definition": definition, "priority": 99}
    )
    try:
        boxes: list[str] = []

        def refused() -> bool:
            boxes.extend(office.accept(letter(routing_key=BOXES), process="pool-letters"))
            return "boxes takes no messages" in relay.log

        wait_for(refused, "the queue is full, and the log names it")
        # More than one batch, before the others.
        boxes += office.accept(
            *(letter(routing_key=BOXES) for _ in range(600)), process="pool-letters"
        )
        letters = office.accept(*(letter() for _ in range(600)))
        wait_for(lambda: office.broker.ready(office.vhost, LETTERS) == 600, "the others are sent")
        assert office.waiting()
    finally:
        broker.management.send("DELETE", path, None)
    office.wait_sent()
    assert office.received(BOXES).keys() == set(boxes)
    assert office.received().keys() == set(letters)


def test_a_database_that_is_away_is_waited_for(office: Office, way_to_database: Way) -> None:
    relay = office.relay(database_port=way_to_database.port).wait_ready()
    office.accept(letter())
    office.wait_sent()
    way_to_database.close()
    wait_for(lambda: "database: " in relay.status, "the status says that the database is away")
    accepted = office.accept(letter())
    beats = relay.notifications.count("WATCHDOG=1")
    wait_for(lambda: relay.notifications.count("WATCHDOG=1") > beats + 1, "it lives on")
    way_to_database.open()
    office.wait_sent(seconds=8)
    assert accepted[0] in office.received()


def test_started_before_the_database_it_waits_and_is_then_ready(
    office: Office, way_to_database: Way
) -> None:
    way_to_database.close()
    relay = office.relay(database_port=way_to_database.port)
    wait_for(lambda: "database: " in relay.status, "the status says that the database is away")
    assert not relay.ready
    way_to_database.open()
    relay.wait_ready()


def test_stopped_under_load_it_ends_well_and_soon(office: Office, relay: Unit) -> None:
    accepted = office.accept(*(letter() for _ in range(3000)))
    wait_for(lambda: 0 < office.waiting() < 3000, "it is at work")
    assert relay.stop() < 3
    received = office.received()
    assert len(received) + office.waiting() == len(accepted)
    assert set(received.values()) == {1}


def test_stopped_while_the_broker_is_silent_it_ends_soon(office: Office, way: Way) -> None:
    way.open()
    relay = relay_by(office, way)
    office.accept(letter())
    office.wait_sent()
    way.stall()
    office.accept(letter())
    wait_for(lambda: locked(office), "it is claimed")
    assert relay.stop() < 5
    assert office.waiting() == 1


def test_without_a_broker_it_says_so_and_is_not_started_again(office: Office) -> None:
    relay = office.relay(broker_url="amqp://no-broker.invalid//")
    since = time.monotonic()
    assert relay.wait() == 78
    assert time.monotonic() - since < 10
    assert "the relay needs BROKER_URL" in relay.log
    assert "Traceback" not in relay.log
