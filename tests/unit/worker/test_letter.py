"""What a dead letter's headers say; they are as RabbitMQ 4.0 writes them."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from celeriac.worker import request, unknown
from celeriac.worker.letter import REASONS, Letter, body_of, without_the_brokers

DIED = datetime(2026, 11, 22, 11, 8, tzinfo=UTC)
WAIT = "0." * 27 + "1."
DELAY = {"count": 1, "reason": "expired", "queue": "celery_delayed_0", "time": DIED}


def death(reason: str) -> dict[str, Any]:
    return {"count": 1, "reason": reason, "queue": "mail", "time": DIED}


@pytest.mark.parametrize(
    ("deaths", "key", "headers", "queue", "reason"),
    [
        ([death("rejected")], "mail", {}, "mail", "rejected"),
        ([death("rejected")], "mail", {"celeriac-unknown-task": 13}, "mail", "unknown-task"),
        ([death("delivery_limit")], "mail", {}, "mail", "delivery-limit"),
        ([death("expired")], "mail", {}, "mail", "expired"),
        ([death("maxlen")], "mail", {}, "mail", "overflow"),
        ([death("rejected"), DELAY], f"{WAIT}mail", {}, "mail", "rejected"),
        ([DELAY], f"{WAIT}gone", {}, "gone", "no-queue"),
        (None, "mail", {}, "mail", "rejected"),
    ],
)
def test_reason_and_queue(
    deaths: Any, key: str, headers: dict[str, Any], queue: str, reason: str
) -> None:
    found = Letter.of(message(key, {**headers, "x-death": deaths}))
    assert (found.queue, found.reason) == (queue, reason)
    assert found.died_at == (DIED if deaths else None)
    assert reason in REASONS


def test_what_is_no_task() -> None:
    found = Letter.of(message("mail", {}))
    assert (found.task_id, found.task, found.age, found.expires) == ("", "", None, None)


def test_a_copy_has_no_past() -> None:
    headers = {"id": "a", "x-death": [], "x-first-death-queue": "q", "x-last-death-reason": "r"}
    headers |= {"x-delivery-count": 3, "x-acquired-count": 3, "x-mine": 1}
    assert without_the_brokers(headers) == {"id": "a", "x-mine": 1}


@pytest.mark.parametrize(
    ("body", "encoding", "sent"),
    [("ä", "utf-8", "ä".encode()), (b"\x80", "binary", b"\x80"), ("", None, b"")],
)
def test_the_body_is_as_it_was_sent(body: Any, encoding: str | None, sent: bytes) -> None:
    assert body_of(SimpleNamespace(body=body, content_encoding=encoding)) == sent


def test_an_unknown_task_has_ten_minutes() -> None:
    assert sum(unknown.DELAYS) == 600
    times = [unknown.delay(message("mail", {"celeriac-unknown-task": n})) for n in (0, 1, 12, 13)]
    assert times == [5, 10, 45, None]


def test_a_message_that_goes_back_waits_longer_each_time() -> None:
    pauses = [request.pause(message("mail", {"x-delivery-count": n})) for n in (None, 1, 4, 9)]
    assert pauses == [5, 20, 300, 300]


def message(key: str, headers: dict[str, Any]) -> Any:
    return SimpleNamespace(headers=headers, delivery_info={"routing_key": key})
