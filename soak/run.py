"""One run: load and faults side by side, then the wait until everything is done."""

from __future__ import annotations

import time

from soak import broker, ledger
from soak.books import Books, Span
from soak.lanes import CANNOT, Lanes
from soak.ledger import Ledger
from soak.load import Load
from soak.place import Place
from soak.plan import plan

READY_WITHIN = 120.0  # seconds for what an earlier run left to end
DRAIN_WITHIN = 900.0  # seconds after the last request
# Nothing changed for so many seconds: what is missing then does not come any more. Longer than
# RabbitMQ waits (180 s) until it sends a dead letter again that its queue did not take.
QUIET = 200.0
TICKS = "ticks"  # a queue that is never empty for long
TELL_EVERY = 10  # seconds


class NotReadyError(Exception):
    """The ledger is not in a state to begin with; the text says what is wrong and what to do."""


class Run:
    """A run against the deployed ledger."""

    def __init__(self, place: Place, *, seed: int, minutes: float, rate: float) -> None:
        self._place, self._ledger = place, Ledger(place)
        self._seconds = minutes * 60
        self._load = Load(place.webs, rate, seed)
        self._lanes = Lanes(place, plan(seed, self._seconds), self._seconds, self._say)
        self._since = time.time()

    def begin_anew(self) -> None:
        """Wait until nothing of an earlier run is under way, and empty the books."""
        deadline = time.monotonic() + READY_WITHIN
        while not self._is_idle():
            if time.monotonic() > deadline:
                raise NotReadyError(
                    f"after {READY_WITHIN:.0f} s the ledger's tasks are not done, or its units do "
                    "not run. Look at them: `make lab-status`, then `systemctl list-units "
                    "'*-ledger*'` on the hosts."
                )
            time.sleep(1)
        self._ledger.begin_anew()
        broker.forget_dead_letters(self._place)

    def _is_idle(self) -> bool:
        try:
            _, _, waiting = self._ledger.counts()
            queues = broker.depths(self._place)
        except CANNOT:  # a service that still starts
            return False
        for busy in (broker.DEAD_LETTERS, TICKS):
            del queues[busy]
        return self._place.units_run() and not waiting and not any(queues.values())

    def carry_out(self) -> tuple[Books, bool]:
        """Return the books, and whether everything was done when they were closed."""
        self._since = time.time()
        self._load.start()
        self._lanes.start()
        try:
            last = 0.0
            while time.time() - self._since < self._seconds or self._lanes.alive():
                if time.time() - last >= TELL_EVERY:
                    last = time.time()
                    self._tell()
                time.sleep(0.2)
        finally:
            self._lanes.stop()
            self._load.stop()
        run = Span(self._since, time.time())
        self._say("the last request was answered; waiting until everything is done")
        drained = self._drain(run)
        return self._books(run), drained

    def _drain(self, run: Span) -> bool:
        deadline = time.monotonic() + DRAIN_WITHIN
        before: object = None
        quiet = time.monotonic()
        while time.monotonic() < min(deadline, quiet + QUIET):
            try:
                queues = broker.depths(self._place)
                letters = queues.pop(broker.DEAD_LETTERS)
                del queues[TICKS]
                tasks, ticks = self._ledger.open(), self._ledger.open_ticks(run)
                if not (tasks or ticks or any(queues.values()) or self._missing_letters()):
                    return True
            except CANNOT:
                time.sleep(2)
                continue
            now = tasks, ticks, queues, letters
            if now != before:
                before, quiet = now, time.monotonic()
                self._say(f"still open: {tasks} tasks, {ticks} ticks; {letters} dead letters")
            time.sleep(2)
        return False

    def _missing_letters(self) -> int:
        return len(set(self._ledger.refused()) - set(broker.dead_letters(self._place)))

    def _books(self, run: Span) -> Books:
        end = time.time()
        book = self._ledger
        return Books(
            run=run,
            end=end,
            answers=self._load.answers,
            hits=self._lanes.hits,
            away=self._lanes.away,
            accepted=book.accepted(),
            executions=book.executions(),
            effects=book.effects(),
            ticks=book.ticks(),
            dead=broker.dead_letters(self._place),
            parked=book.parked(),
            intervals=ledger.INTERVALS,
        )

    def _tell(self) -> None:
        try:
            accepted, done, waiting = self._ledger.counts()
        except CANNOT:
            self._say("PostgreSQL is away")
            return
        self._say(
            f"{len(self._load.answers)} requests, {accepted} tasks accepted, {done} effects, "
            f"{waiting} in the outbox"
        )

    def _say(self, text: str) -> None:
        print(f"{time.time() - self._since:7.1f} s  {text}", flush=True)
