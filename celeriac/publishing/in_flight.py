"""Messages on their way to the broker, and what it says of each."""

import itertools
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import amqp
from kombu.transport.native_delayed_delivery import MAX_NUMBER_OF_BITS_TO_USE

from celeriac.publishing.report import Fate, Outcome

_DELAY_CHARACTERS = 2 * MAX_NUMBER_OF_BITS_TO_USE
UNSENT = Outcome(Fate.UNSENT)
_CONFIRMED = Outcome(Fate.CONFIRMED)
_REFUSED = Outcome(Fate.REFUSED, "the queue does not take it now")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message as AMQP knows it; `properties` as in `frames.publish`."""

    exchange: str
    routing_key: str
    properties: Mapping[str, Any]
    body: bytes
    # What its sender knows it by.
    token: Any = None

    @property
    def target(self) -> tuple[str, str]:
        """Exchange and queue's key: what the broker forbids or takes, whatever the delay."""
        key = self.routing_key
        prefix, rest = key[:_DELAY_CHARACTERS], key[_DELAY_CHARACTERS:]
        delayed = len(prefix) == _DELAY_CHARACTERS and not prefix.strip("01.")
        return self.exchange, rest if delayed else key


@dataclass(slots=True)
class Parcel:
    """A message with what became of it so far, and its size on the wire in bytes."""

    message: Outgoing
    outcome: Outcome = UNSENT
    size: int = 0


class InFlight:
    """What one channel was sent and has not answered for, by delivery tag.

    RabbitMQ answers in three ways: it confirms, it refuses (nack), or it first returns what no
    queue takes and then confirms. One answer may be for all messages up to a tag.
    """

    def __init__(self) -> None:
        self._tag = 0
        self._waiting: dict[int, Parcel] = {}
        # No longer waited for: reported as unknown, but an answer may still come.
        self._doubtful: dict[int, Parcel] = {}
        self._late: list[Outgoing] = []
        # Targets that do not take messages now.
        self.refusing: set[tuple[str, str]] = set()
        self.bytes = 0
        self.last_answer = time.monotonic()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def doubtful(self) -> bool:
        """Whether answers may still come for messages that were reported as unknown."""
        return bool(self._doubtful)

    def watch(self, channel: amqp.Channel) -> None:
        channel.events["basic_ack"].add(self.confirmed)
        channel.events["basic_nack"].add(self.refused)
        channel.events["basic_return"].add(self.returned)

    def sent(self, parcel: Parcel) -> None:
        """Count it as sent; in the order of writing."""
        self._tag += 1
        self._waiting[self._tag] = parcel
        self.bytes += parcel.size

    def confirmed(self, tag: int, multiple: bool) -> None:
        for parcel in self._answered(tag, multiple):
            # One that was returned is confirmed after it.
            if parcel.outcome is UNSENT:
                parcel.outcome = _CONFIRMED
        for late in _up_to(self._doubtful, tag, multiple):
            self._late.append(self._doubtful.pop(late).message)

    def refused(self, tag: int, multiple: bool) -> None:
        for parcel in self._answered(tag, multiple):
            parcel.outcome = _REFUSED
            self.refusing.add(parcel.message.target)
        for late in _up_to(self._doubtful, tag, multiple):
            del self._doubtful[late]

    def returned(
        self, error: amqp.ChannelError, exchange: str, routing_key: str, returned: amqp.Message
    ) -> None:
        """Find the message: they are returned in the order of sending, each before its confirm."""
        wanted = exchange, routing_key, returned.properties.get("correlation_id")
        for tag, parcel in self._doubtful.items():
            if _names(parcel.message) == wanted:
                # The confirm that follows must not count. It stays unknown, and is tried again.
                del self._doubtful[tag]
                return
        for parcel in self._waiting.values():
            if parcel.outcome is UNSENT and _names(parcel.message) == wanted:
                reason = f"no queue takes {routing_key!r} in exchange {exchange!r}"
                parcel.outcome = Outcome(Fate.RETURNED, reason)
                return

    def only(self) -> Parcel | None:
        """Return the one message that is not answered, if it is one."""
        return next(iter(self._waiting.values())) if len(self._waiting) == 1 else None

    def give_up(self, reason: str) -> None:
        """Wait no longer: what is not answered is unknown."""
        for tag, parcel in self._waiting.items():
            if parcel.outcome is UNSENT:
                parcel.outcome = Outcome(Fate.UNKNOWN, reason)
                self._doubtful[tag] = parcel
        self._waiting.clear()
        self.bytes = 0

    def restart(self) -> None:
        """A new channel counts from 1; the old one answers no more."""
        self._tag = self.bytes = 0
        self._waiting.clear()
        self._doubtful.clear()
        self.last_answer = time.monotonic()

    def late_confirmed(self) -> list[Outgoing]:
        """Return, once, the messages reported as unknown that were confirmed since."""
        late, self._late = self._late, []
        return late

    def _answered(self, tag: int, multiple: bool) -> list[Parcel]:
        self.last_answer = time.monotonic()
        answered = [self._waiting.pop(sent) for sent in _up_to(self._waiting, tag, multiple)]
        self.bytes -= sum(parcel.size for parcel in answered)
        return answered


def _names(message: Outgoing) -> tuple[str, str, Any]:
    """Return what a returned message can be known by."""
    return message.exchange, message.routing_key, message.properties.get("correlation_id")


def _up_to(tags: Collection[int], tag: int, multiple: bool) -> list[int]:
    """Return which of the tags an answer is for. They stand in the order of sending."""
    if multiple:
        return list(itertools.takewhile(lambda sent: sent <= tag, tags))
    return [tag] if tag in tags else []
