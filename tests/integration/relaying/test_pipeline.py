"""What the pipeline reports of each message, against what is really in the queues."""

import shlex
import ssl
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery

from celeriac.publishing.in_flight import Outgoing
from celeriac.publishing.nodes import Nodes
from celeriac.publishing.pipeline import Pipeline
from celeriac.publishing.report import Fate, Outcome
from tests.integration.relaying.office import BOXES, LETTERS, Office
from tests.integration.waiting import wait_for
from tests.integration.way import Way

Connect = Callable[..., Pipeline]
FORBIDDEN = "dead-letters"
SELF_SIGNED = """openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1
    -keyout key.pem -out certificate.pem -subj /CN=broker -addext subjectAltName=IP:127.0.0.1"""


@pytest.fixture
def connect(office: Office) -> Iterator[Connect]:
    """Connects as the relay; `settings` are the pipeline's."""
    pipelines = []

    def connected(
        port: int | None = None, tls: dict[str, Any] | None = None, **settings: Any
    ) -> Pipeline:
        url = office.application.url("relay", port)
        app = Celery(broker=url.replace("amqp:", "amqps:") if tls else url)
        if tls:
            app.conf.broker_use_ssl = {"cert_reqs": ssl.CERT_REQUIRED, **tls}
        pipelines.append(Pipeline(Nodes(app).connect(), **settings))
        return pipelines[-1]

    yield connected
    for pipeline in pipelines:
        pipeline.close()


def message(key: str = LETTERS, body: bytes = b"[]", **changes: Any) -> Outgoing:
    properties = {
        "application_headers": {"id": str(uuid4()), **changes.pop("headers", {})},
        "delivery_mode": 2,
        **changes.pop("properties", {}),
    }
    return Outgoing(changes.pop("exchange", "tasks"), key, properties, body)


def fates(outcomes: list[Outcome]) -> list[Fate]:
    return [outcome.fate for outcome in outcomes]


def ids(messages: list[Outgoing]) -> set[str]:
    return {message.properties["application_headers"]["id"] for message in messages}


def test_messages_of_every_size_arrive_as_they_were(office: Office, connect: Connect) -> None:
    bodies = [b"", b"x", b"y" * 131_064, b"z" * 131_065, b"w" * 3_000_000]
    headers = {"text": "ü", "none": None, "list": [None, 1], "table": {"a": 2**40}}
    sent = [message(body=body, headers={**headers, "truth": True}) for body in bodies]
    assert fates(connect().send(sent)) == [Fate.CONFIRMED] * 5
    with office.broker.channel(office.vhost) as channel:
        for each in sent:
            _, properties, body = channel.basic_get(LETTERS, auto_ack=True)
            assert body == each.body
            assert properties.headers == each.properties["application_headers"]
            assert properties.delivery_mode == 2


def test_what_no_queue_takes_is_told_from_the_rest(office: Office, connect: Connect) -> None:
    with office.broker.channel(office.vhost) as channel:
        channel.queue_delete(BOXES)
    try:
        sent = [message(BOXES if number % 3 == 1 else LETTERS) for number in range(600)]
        outcomes = connect().send(sent)
    finally:
        office.application.declare()
    expected = [Fate.RETURNED if number % 3 == 1 else Fate.CONFIRMED for number in range(600)]
    assert fates(outcomes) == expected
    assert office.received() == Counter(ids([each for each in sent if each.routing_key == LETTERS]))


def test_what_is_too_large_is_not_sent_and_harms_no_other(office: Office, connect: Connect) -> None:
    sent = [message(), message(body=b"x" * (16 * 1024 * 1024 + 1)), message(), message()]
    assert fates(connect().send(sent)) == [Fate.CONFIRMED, Fate.INVALID, *[Fate.CONFIRMED] * 2]
    assert office.broker.ready(office.vhost, LETTERS) == 3


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"headers": {"long": "x" * 131_072}}, "headers take"),
        ({"headers": {"set": {1, 2}.__class__}}, "header 'set'"),
        ({"headers": {"huge": 2**70}}, "header 'huge'"),
        ({"properties": {"priority": 300}}, "priority"),
        ({"properties": {"correlation_id": "x" * 256}}, "correlation_id"),
        ({"properties": {"colour": "red"}}, "no property colour"),
        ({"key": "k" * 256}, "routing key"),
    ],
)
def test_what_amqp_cannot_hold_is_not_sent_and_harms_no_other(
    connect: Connect, changes: dict[str, Any], reason: str
) -> None:
    first, bad, last = connect().send([message(), message(**changes), message()])
    assert (first.fate, last.fate) == (Fate.CONFIRMED, Fate.CONFIRMED)
    assert bad.fate is Fate.INVALID
    assert reason in bad.reason


def test_a_forbidden_key_is_told_from_the_rest(office: Office, connect: Connect) -> None:
    """RabbitMQ closes the channel for it, and would forget what came after it."""
    sent = [message(FORBIDDEN if number in (0, 7, 9) else LETTERS) for number in range(20)]
    pipeline = connect()
    outcomes = pipeline.send(sent)
    others = [each for each in sent if each.routing_key == LETTERS]
    assert outcomes[0].fate is Fate.FORBIDDEN
    assert "dead-letters" in outcomes[0].reason
    assert fates(outcomes)[7] is fates(outcomes)[9] is Fate.UNSENT
    assert fates(outcomes).count(Fate.CONFIRMED) == len(others)
    assert fates(pipeline.send([message()])) == [Fate.CONFIRMED]
    assert office.received().items() >= Counter(ids(others)).items()


def test_an_exchange_that_does_not_exist_is_told_from_the_rest(connect: Connect) -> None:
    sent = [message(), message(exchange="tsaks"), message()]
    assert fates(connect().send(sent)) == [Fate.CONFIRMED, Fate.FORBIDDEN, Fate.CONFIRMED]


def test_what_the_broker_rejects_without_saying_which_is_found_next_time(
    office: Office, connect: Connect
) -> None:
    """A property that only the broker can judge, in the midst of many to a proven key."""
    pipeline = connect()
    first_ever = message()
    assert fates(pipeline.send([first_ever])) == [Fate.CONFIRMED]
    bad = message(properties={"user_id": "somebody"})
    sent = [*(message() for _ in range(50)), bad, *(message() for _ in range(50))]
    first = pipeline.send(sent)
    assert set(fates(first)) <= {Fate.CONFIRMED, Fate.UNKNOWN}
    assert first[50].fate is Fate.UNKNOWN
    again = [each for each, fate in zip(sent, fates(first), strict=True) if fate is Fate.UNKNOWN]
    second = pipeline.send(again)
    assert {fate for each, fate in zip(again, fates(second), strict=True) if each is bad} == {
        Fate.INVALID
    }
    confirmed = [
        each
        for batch, found in ((sent, first), (again, second))
        for each, outcome in zip(batch, found, strict=True)
        if outcome.fate is Fate.CONFIRMED
    ]
    assert ids(confirmed) == ids([each for each in sent if each is not bad])
    assert office.received().keys() == ids([first_ever, *confirmed])


def test_a_full_queue_is_told_from_the_rest(office: Office, connect: Connect) -> None:
    full = {"max-length": 1, "overflow": "reject-publish"}
    path = f"policies/{office.vhost}/full"
    office.broker.management.send(
        "PUT",
        path,
        {"pattern": "^boxes$", "definition": full, "apply-to": "queues", "priority": 99},
    )
    try:
        pipeline = connect()
        wait_for(
            lambda: pipeline.send([message(BOXES)])[0].fate is Fate.REFUSED, "the queue is full"
        )
        sent = [message(BOXES if number % 2 else LETTERS) for number in range(20)]
        outcomes = fates(pipeline.send(sent))
    finally:
        office.broker.management.send("DELETE", path, None)
    assert outcomes[0::2] == [Fate.CONFIRMED] * 10
    assert outcomes[1::2] == [Fate.REFUSED, *[Fate.UNSENT] * 9]


def test_a_silent_broker_leaves_a_bounded_doubt(office: Office, connect: Connect, way: Way) -> None:
    way.open()
    pipeline = connect(port=way.port, window=100, patience=1)
    assert fates(pipeline.send([message()])) == [Fate.CONFIRMED]
    way.stall()
    since = time.monotonic()
    counted = Counter(fates(pipeline.send([message() for _ in range(1000)])))
    assert time.monotonic() - since < 3
    assert counted[Fate.CONFIRMED] == 0
    assert 0 < counted[Fate.UNKNOWN] <= 150
    assert counted[Fate.UNSENT] == 1000 - counted[Fate.UNKNOWN]
    assert pipeline.lost == "no answer from the broker"


def test_a_cut_connection_confirms_nothing_that_is_not_there(
    office: Office, connect: Connect, way: Way
) -> None:
    way.open()
    pipeline = connect(port=way.port, window=50, on_wait=Cut(way, after=20))
    sent = [message() for _ in range(5000)]
    outcomes = pipeline.send(sent)
    assert pipeline.lost
    by_fate = {
        fate: ids(
            [each for each, found in zip(sent, fates(outcomes), strict=True) if found is fate]
        )
        for fate in Fate
    }
    received = office.received().keys()
    assert by_fate[Fate.CONFIRMED]
    assert by_fate[Fate.CONFIRMED] <= received
    assert not by_fate[Fate.UNSENT] & received
    assert len(by_fate[Fate.UNKNOWN]) <= 100


class Cut:
    """Closes the way while the pipeline waits."""

    def __init__(self, way: Way, after: int) -> None:
        self._way, self._left = way, after

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._way.close()


def test_a_blocked_broker_is_waited_for(office: Office, connect: Connect) -> None:
    pipeline = connect(patience=1, window=100)
    assert fates(pipeline.send([message()])) == [Fate.CONFIRMED]
    with office.broker.memory_alarm():
        outcomes = fates(pipeline.send([message() for _ in range(300)]))
        assert Fate.CONFIRMED not in outcomes
        assert pipeline.blocked
        assert pipeline.lost is None
    late = wait_for(lambda: tended(pipeline), "the broker answers for what it was sent")
    assert not pipeline.blocked
    assert len(late) == outcomes.count(Fate.UNKNOWN)
    assert office.received().total() == 1 + len(late)


def tended(pipeline: Pipeline) -> list[Outgoing]:
    pipeline.tend()
    return [] if pipeline.blocked else pipeline.late_confirmed()


def test_a_connection_that_ended_while_idle_is_noticed(connect: Connect, way: Way) -> None:
    way.open()
    pipeline = connect(port=way.port)
    way.close()
    with pytest.raises(Exception, match=r"closed|reset"):
        wait_for(lambda: pipeline.tend(), "it is noticed", seconds=2)
    assert pipeline.lost


@pytest.fixture(scope="module")
def certificate(opened_office: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a listener that the broker opens for TLS; its own authority."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        shlex.split(SELF_SIGNED),
        cwd=folder,
        check=True,
        capture_output=True,
    )
    opened_office.broker.listen_with_tls(folder / "certificate.pem", folder / "key.pem")
    return folder / "certificate.pem"


@pytest.fixture
def tls_way(office: Office) -> Iterator[Way]:
    way = Way(*office.broker.tls_address)
    way.open()
    yield way
    way.close()


def test_over_tls_everything_arrives_and_silence_is_bounded(
    office: Office, connect: Connect, certificate: Path, tls_way: Way
) -> None:
    """py-amqp's own timeouts do not hold over TLS, and its goodbye waits for an answer."""
    pipeline = connect(
        port=tls_way.port, tls={"ca_certs": str(certificate)}, window=100, patience=2
    )
    sent = [message(body=b"x" * 200_000), *(message() for _ in range(1500))]
    assert set(fates(pipeline.send(sent))) == {Fate.CONFIRMED}
    pipeline.tend()
    tls_way.stall()
    since = time.monotonic()
    counted = Counter(fates(pipeline.send([message() for _ in range(1000)])))
    pipeline.close()
    assert time.monotonic() - since < 3.5
    assert counted.keys() == {Fate.UNKNOWN, Fate.UNSENT}
    assert 0 <= office.broker.ready(office.vhost, LETTERS) - 1501 <= counted[Fate.UNKNOWN]
