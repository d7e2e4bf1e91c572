"""Publishes many messages at once, and learns of each what became of it.

A publish with a confirm of its own costs a round trip. Here up to `window` messages are under
way at a time, and the broker confirms them in groups. A message that it forbids closes the
channel, and what was sent after it is gone without an answer.

Source: rabbitmq.com/docs/confirms and rabbitmq.com/docs/publishers.
"""

import contextlib
import time
from collections.abc import Callable, Sequence

import amqp
from amqp.exceptions import AMQPError

from celeriac.publishing import frames
from celeriac.publishing.in_flight import InFlight, Outgoing, Parcel
from celeriac.publishing.report import Fate, Outcome

# RabbitMQ's own limit (max_message_size). One byte more closes the channel.
LARGEST_BODY = 16 * 1024 * 1024
# Written to the socket at a time.
_WRITE_BYTES = 64 * 1024
# Under way at most, so that a broker that is silent has little in doubt.
_WINDOW_BYTES = 8 * 1024 * 1024
# The code with which a channel is closed for what a message is like. 403 and 404 are for where
# it goes.
_PRECONDITION_FAILED = 406
# The broker has answered for the message, and will for others to the same target.
_ANSWERED = (Fate.CONFIRMED, Fate.RETURNED, Fate.INVALID)


class ConnectionLostError(Exception):
    """The connection is of no more use. The text says why."""


class _BlockedError(Exception):
    """The broker has said that it takes nothing, and all patience is used up."""


class Pipeline:
    """Sends over one connection to one broker node, from one thread.

    The first message for a target (exchange and key) goes alone, and the others follow when it
    was answered: a queue that is forbidden or full is so found without a doubt about any other
    message, and the rest of its messages are not sent.
    """

    def __init__(
        self,
        connection: amqp.Connection,
        *,
        window: int = 1000,
        patience: float = 5.0,
        limit: float = 20.0,
        on_wait: Callable[[], object] = lambda: None,
    ) -> None:
        """Use an established connection without confirms of its own, and for nothing else.

        Args:
            connection: nobody else may use it.
            window: messages under way at most.
            patience: seconds without any answer after which the connection counts as lost.
            limit: seconds for one `send`. What is then not answered is unknown; new messages
                are sent in its first half only, so that a slow broker leaves none in doubt.
            on_wait: called at least once a second while the broker is waited for.

        Raises:
            ConnectionLostError: the broker did not open a channel.

        """
        self._window = window
        self._patience = patience
        self._limit = limit
        self._on_wait = on_wait
        self._proven: set[tuple[str, str]] = set()
        # One by one, because a channel was closed and it was not clear for which message.
        self._careful = False
        self._blocked = False
        self._lost: str | None = None
        self._deadline = 0.0
        # Encoded and not yet written.
        self._buffer: list[tuple[Parcel, bytes]] = []
        self._buffer_bytes = 0
        self._in_flight = InFlight()
        self._amqp = connection
        self._amqp.on_blocked = self._on_blocked
        self._amqp.on_unblocked = self._on_unblocked
        try:
            # For all that py-amqp itself waits for. `read_timeout` does not hold over TLS.
            self._amqp.sock.settimeout(patience)
            self._channel: amqp.Channel = self._amqp.channel()
            self._in_flight.watch(self._channel)
            self._channel.confirm_select()
        except (AMQPError, OSError) as error:
            raise self._lose(error) from error

    @property
    def blocked(self) -> bool:
        """Whether the broker takes nothing for now (memory or disk alarm).

        Still true after the alarm, until it has answered for what it had been sent.
        """
        return self._blocked or self._in_flight.doubtful

    @property
    def lost(self) -> str | None:
        """Why the connection is of no more use, or None."""
        return self._lost

    def send(self, messages: Sequence[Outgoing]) -> list[Outcome]:
        """Publish the messages; return the outcome of each, in the same order.

        Never raises for what the broker or the network does. When the connection is lost,
        `lost` says why, and the rest are unsent. When the broker blocks, the rest are unsent
        too, and the connection is kept: see `blocked` and `late_confirmed`.
        """
        parcels = [Parcel(message) for message in messages]
        self._proven -= self._in_flight.refusing
        self._in_flight.refusing.clear()
        self._in_flight.last_answer = time.monotonic()
        self._deadline = time.monotonic() + self._limit
        careful, self._careful = self._careful, False
        with contextlib.suppress(ConnectionLostError, _BlockedError):
            for parcel in parcels:
                if self._lost or time.monotonic() > self._deadline - self._limit / 2:
                    break
                self._send(parcel, alone=careful or self._careful)
            self._settle()
        return [parcel.outcome for parcel in parcels]

    def late_confirmed(self) -> list[Outgoing]:
        """Return, once, the messages reported as unknown that were confirmed since."""
        return self._in_flight.late_confirmed()

    def hurry(self, seconds: float) -> None:
        """Let a `send` that is under way end within so many seconds; for signal handlers."""
        self._deadline = min(self._deadline, time.monotonic() + seconds)

    def tend(self) -> None:
        """Read what the broker has to say while nothing is sent; call it every second or oftener.

        Raises:
            ConnectionLostError: the connection has ended.

        """
        if self._lost is not None:
            raise ConnectionLostError(self._lost)
        try:
            self._amqp.heartbeat_tick()
            while True:
                # Not 0: over TLS py-amqp would spin in the middle of a frame.
                self._amqp.drain_events(timeout=0.001)
        except TimeoutError:
            pass
        except (AMQPError, OSError) as error:
            raise self._lose(error) from error
        if self._in_flight.doubtful and not self._blocked and self._patience_left() <= 0:
            raise self._lose(TimeoutError("no answer from the broker after it was blocked"))

    def close(self) -> None:
        """End the connection, politely where there is still one. Takes `patience` at most."""
        if self._lost is None:
            try:
                self._amqp.close()
            except (AMQPError, OSError) as error:
                self._lose(error)

    # Sending

    def _send(self, parcel: Parcel, *, alone: bool) -> None:
        target = parcel.message.target
        if target in self._in_flight.refusing:
            return
        encoded = self._encode(parcel)
        if encoded is None:
            return
        alone = alone or target not in self._proven
        if alone:
            self._settle()
        self._buffer.append((parcel, encoded))
        self._buffer_bytes += len(encoded)
        if alone:
            self._settle()
            if parcel.outcome.fate in _ANSWERED:
                self._proven.add(target)
            else:
                self._in_flight.refusing.add(target)
        elif self._buffer_bytes >= _WRITE_BYTES or len(self._buffer) >= self._window // 4:
            self._flush()
            if len(self._in_flight) >= self._window or self._in_flight.bytes >= _WINDOW_BYTES:
                self._settle(leave=self._window // 2)

    def _encode(self, parcel: Parcel) -> bytes | None:
        message = parcel.message
        try:
            if len(message.body) > LARGEST_BODY:
                raise frames.EncodingError(  # noqa: TRY301
                    f"its body has {len(message.body)} bytes; the broker takes {LARGEST_BODY}"
                )
            return frames.publish(
                self._channel.channel_id,
                message.exchange,
                message.routing_key,
                message.properties,
                message.body,
                frame_max=self._amqp.frame_max,
            )
        except frames.EncodingError as error:
            parcel.outcome = Outcome(Fate.INVALID, str(error))
            return None

    def _flush(self) -> None:
        if not self._buffer:
            return
        written = b"".join(encoded for _, encoded in self._buffer)
        # From here on each of them may have arrived, even when the write fails.
        for parcel, encoded in self._buffer:
            parcel.size = len(encoded)
            self._in_flight.sent(parcel)
        self._empty_buffer()
        try:
            self._amqp.transport.write(written)
            self._amqp.bytes_sent += 1  # what its heartbeats go by
        except (AMQPError, OSError) as error:
            raise self._lose(error) from error

    def _empty_buffer(self) -> None:
        self._buffer = []
        self._buffer_bytes = 0

    # Answers

    def _settle(self, leave: int = 0) -> None:
        """Wait until at most `leave` messages are under way."""
        self._flush()
        while len(self._in_flight) > leave or self._in_flight.bytes >= _WINDOW_BYTES:
            self._await_answer()

    def _await_answer(self) -> None:
        remaining = min(self._patience_left(), self._deadline - time.monotonic())
        if remaining <= 0:
            if self._blocked:
                self._empty_buffer()
                self._in_flight.give_up("the broker is blocked: memory or disk alarm")
                raise _BlockedError
            raise self._lose(TimeoutError("no answer from the broker"))
        self._on_wait()
        try:
            self._amqp.heartbeat_tick()
            self._amqp.drain_events(timeout=min(remaining, 1.0))
        except TimeoutError:
            return
        except amqp.ChannelError as error:
            self._on_channel_closed(error)
        except (AMQPError, OSError) as error:
            raise self._lose(error) from error

    def _patience_left(self) -> float:
        return self._in_flight.last_answer + self._patience - time.monotonic()

    def _on_channel_closed(self, error: amqp.ChannelError) -> None:
        """Find the message that it was closed for; py-amqp has opened it again by now."""
        culprit = self._in_flight.only()
        if culprit is not None:
            fate = Fate.INVALID if error.code == _PRECONDITION_FAILED else Fate.FORBIDDEN
            culprit.outcome = Outcome(fate, error.reply_text)
        else:
            self._careful = True
            self._in_flight.give_up(error.reply_text)
        self._in_flight.restart()
        try:
            self._channel.confirm_select()
        except (AMQPError, OSError) as failure:
            raise self._lose(failure) from failure

    def _on_blocked(self, _reason: str) -> None:
        self._blocked = True

    def _on_unblocked(self) -> None:
        self._blocked = False
        self._in_flight.last_answer = time.monotonic()

    def _lose(self, error: Exception) -> ConnectionLostError:
        """Give the connection up: what was sent is unknown. Waits for nobody."""
        self._lost = str(error) or type(error).__name__
        self._empty_buffer()
        self._in_flight.give_up(self._lost)
        self._in_flight.restart()
        with contextlib.suppress(AttributeError, OSError):
            # TLS says goodbye and would wait for an answer to it.
            self._amqp.sock.settimeout(0.1)
        self._amqp.collect()
        return ConnectionLostError(self._lost)
