"""A publish as AMQP frames, ready for the socket.

py-amqp writes each message by itself and encodes every header again; most headers of a task's
message are the same in the next one. Encoded here, with those kept, and written many at a time,
a process publishes several times as much (docs/decisions/0008-relay.md has the figures).

Source: AMQP 0-9-1, 2.3.5 Frame Details and 4.2 of the grammar.
"""

import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from amqp import spec
from amqp.basic_message import Message
from amqp.exceptions import AMQPError
from amqp.serialization import dumps

_METHOD, _HEADER, _BODY = 1, 2, 3
_END = b"\xce"
# Type, channel and length before a frame's content, and the byte after it.
_FRAME_BYTES = 8
_KINDS = dict(Message.PROPERTIES)
_FLAGS = {name: 1 << (15 - place) for place, (name, _) in enumerate(Message.PROPERTIES)}


class EncodingError(ValueError):
    """The message cannot be put into AMQP. The text says which part."""


def publish(
    channel: int,
    exchange: str,
    routing_key: str,
    properties: Mapping[str, Any],
    body: bytes,
    *,
    frame_max: int,
) -> bytes:
    """Return the frames of one mandatory basic.publish.

    `properties` has py-amqp's names; `application_headers` is the table of headers. Those that
    are None are left out.

    Raises:
        EncodingError: a name or value that AMQP does not know, or headers that do not fit
            into one frame. The broker would close the connection on them.

    """
    header = struct.pack(">HHQ", spec.Basic.CLASS_ID, 0, len(body)) + _properties(properties)
    room = frame_max - _FRAME_BYTES
    if len(header) > room:
        raise EncodingError(
            f"its headers take {len(header)} bytes; the broker takes {room}. "
            "Large values belong in the task's arguments"
        )
    parts = [_method(channel, exchange, routing_key), _frame(_HEADER, channel, header)]
    parts += [
        _frame(_BODY, channel, body[start : start + room]) for start in range(0, len(body), room)
    ]
    return b"".join(parts)


def _frame(kind: int, channel: int, content: bytes) -> bytes:
    return struct.pack(">BHI", kind, channel, len(content)) + content + _END


@lru_cache(maxsize=1024)
def _method(channel: int, exchange: str, routing_key: str) -> bytes:
    mandatory, immediate = True, False
    try:
        arguments = dumps("Bssbb", (0, exchange, routing_key, mandatory, immediate))
    except struct.error:
        raise EncodingError("its exchange or routing key is longer than 255 bytes") from None
    return _frame(_METHOD, channel, struct.pack(">HH", *spec.Basic.Publish) + arguments)


def _properties(properties: Mapping[str, Any]) -> bytes:
    if unknown := properties.keys() - _KINDS.keys():
        raise EncodingError(f"AMQP has no property {', '.join(sorted(unknown))}")
    flags = 0
    parts = []
    for name, kind in _KINDS.items():
        value = properties.get(name)
        if value is not None:
            flags |= _FLAGS[name]
            parts.append(_table(value) if kind == "F" else _property(name, kind, value))
    return struct.pack(">H", flags) + b"".join(parts)


def _property(name: str, kind: str, value: object) -> bytes:
    try:
        encoded: bytes = dumps(kind, (value,))
    except (struct.error, TypeError, ValueError, AttributeError) as error:
        raise EncodingError(f"its property {name} is {value!r:.80}: {error}") from error
    return encoded


def _table(headers: Mapping[str, Any]) -> bytes:
    """A table is its entries, one after the other: those of the last messages are kept."""
    parts = []
    for name, value in headers.items():
        try:
            parts.append(_kept_entry(name, value))
        except TypeError:  # lists and tables cannot be kept
            parts.append(_entry(name, value))
    entries = b"".join(parts)
    return struct.pack(">I", len(entries)) + entries


def _entry(name: str, value: object) -> bytes:
    try:
        table: bytes = dumps("F", ({name: value},))
    except (
        AMQPError,
        struct.error,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,  # tables in tables in tables
    ) as error:
        raise EncodingError(f"its header {name!r:.80} cannot be encoded: {error!s:.200}") from error
    return table[4:]  # without its length


# Typed, because 1, 1.0 and True are the same key and not the same header.
_kept_entry = lru_cache(maxsize=1024, typed=True)(_entry)
