"""Our frames are those that py-amqp writes, byte for byte."""

from __future__ import annotations

from functools import reduce
from types import SimpleNamespace
from typing import Any

import amqp
import pytest
from amqp import spec
from amqp.method_framing import frame_writer
from amqp.serialization import dumps

from celeriac.publishing import frames

DEEP: list[Any] = reduce(lambda inner, _: [inner], range(1000), [])

FRAME_MAX = 131_072
HEADERS: dict[str, Any] = {
    "lang": "py",
    "task": "shop.mail",
    "shadow": None,
    "retries": 0,
    "redelivered": False,
    "one": 1,
    "true": True,
    "half": 0.5,
    "one_point": 1.0,
    "large": 2**40,
    "timelimit": [None, 300],
    "stamps": {"who": ["a", "b"]},
    "text": "grüße",
}
PROPERTIES = {
    "content_type": "application/json",
    "content_encoding": "utf-8",
    "delivery_mode": 2,
    "priority": 0,
    "correlation_id": "c",
    "reply_to": "",
    "application_headers": HEADERS,
}


def written_by_py_amqp(properties: dict[str, Any], body: bytes) -> bytes:
    written = bytearray()
    transport = SimpleNamespace(write=written.extend)
    write = frame_writer(SimpleNamespace(frame_max=FRAME_MAX, bytes_sent=0), transport)
    arguments = dumps("Bssbb", (0, "tasks", "mail", True, False))
    write(1, 7, spec.Basic.Publish, arguments, amqp.Message(body, **properties))
    return bytes(written)


def ours(properties: dict[str, Any], body: bytes) -> bytes:
    return frames.publish(7, "tasks", "mail", properties, body, frame_max=FRAME_MAX)


@pytest.mark.parametrize(
    "properties",
    [
        {},
        PROPERTIES,
        {**PROPERTIES, "reply_to": None},
        {"application_headers": {}},
        # The same name with values that Python takes for equal.
        *({"application_headers": {"same": value}} for value in (1, 1.0, True, 0, False, None)),
    ],
)
@pytest.mark.parametrize("body", [b"x", b"[[], {}, {}]", b"x" * 131_064, b"x" * 300_000])
def test_the_same_bytes(properties: dict[str, Any], body: bytes) -> None:
    assert ours(properties, body) == written_by_py_amqp(properties, body)


@pytest.mark.parametrize(
    ("properties", "text"),
    [
        ({"colour": "red"}, "no property colour"),
        ({"priority": 256}, "property priority"),
        ({"priority": "high"}, "property priority"),
        ({"correlation_id": "x" * 256}, "property correlation_id"),
        ({"application_headers": {"x": object()}}, "header 'x'"),
        ({"application_headers": {"x": DEEP}}, "header 'x'"),
        ({"application_headers": {"x": 2**70}}, "header 'x'"),
        ({"application_headers": {"x" * 256: 1}}, "header 'xxx"),
        ({"application_headers": {"x": "x" * FRAME_MAX}}, "headers take"),
    ],
)
def test_what_amqp_cannot_hold_is_refused(properties: dict[str, Any], text: str) -> None:
    with pytest.raises(frames.EncodingError, match=text):
        ours(properties, b"")
