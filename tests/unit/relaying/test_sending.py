"""Where a stored message goes, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from celeriac.publishing import sending
from celeriac.publishing.message import Message

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
AT_ONCE = ("tasks", "mail")


def stored(**columns: object) -> Message:
    return Message(
        **{
            "task_id": "id",
            "task": "shop.mail",
            "exchange": "tasks",
            "routing_key": "mail",
            "body": b"[[], {}, {}]",
            "content_type": "application/json",
            "content_encoding": "utf-8",
            "headers": {"id": "id", "task": "shop.mail"},
            "properties": {},
            **columns,
        }
    )


def delayed(seconds: int) -> tuple[str, str]:
    return "celery_delayed_27", ".".join(f"{seconds:028b}") + ".mail"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, AT_ONCE),
        (-3600, AT_ONCE),
        (0, AT_ONCE),
        (0.9, AT_ONCE),
        (1, delayed(1)),
        (59.9, delayed(59)),
        (86_400, delayed(86_400)),
        (10 * 365 * 86_400, delayed(2**28 - 1)),
    ],
)
def test_the_delay_is_what_is_left_of_it(seconds: float | None, expected: tuple[str, str]) -> None:
    eta = None if seconds is None else NOW + timedelta(seconds=seconds)
    sent = sending.outgoing(stored(eta=eta), now=NOW)
    assert (sent.exchange, sent.routing_key) == expected
    assert sent.target == (expected[0], "mail")


@pytest.mark.parametrize(("properties", "mode"), [({}, 2), ({"delivery_mode": 1}, 1)])
def test_messages_survive_a_restart_unless_they_say_otherwise(
    properties: dict[str, int], mode: int
) -> None:
    assert sending.properties(stored(properties=properties))["delivery_mode"] == mode
