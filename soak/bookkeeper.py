"""Opens the books of a run when nothing is under way, and closes them when everything is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from celeriac.derive.names import CANARY
from soak import broker, ledger
from soak.books import Answer, Books, Hit, Span
from soak.lanes import CANNOT
from soak.ledger import Ledger
from soak.place import Place

READY_WITHIN = 120.0  # seconds for what an earlier run left to end
DRAIN_WITHIN = 900.0  # seconds after the last request
# Nothing changed for so many seconds: what is missing then does not come any more. Longer than
# RabbitMQ waits (180 s) until it sends a dead letter again that its queue did not take.
QUIET = 200.0
TICKS = "ticks"  # a queue that is never empty for long


class NotReadyError(Exception):
    """The ledger is not in a state to begin with; the text says what is wrong and what to do."""


class Bookkeeper:
    """Keeps the books of one run against the deployed ledger."""

    def __init__(self, place: Place, say: Callable[[str], None]) -> None:
        self.ledger = Ledger(place)
        self._place, self._say = place, say

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
        self.ledger.begin_anew()
        broker.forget_dead_letters(self._place)

    def _is_idle(self) -> bool:
        try:
            _, _, waiting = self.ledger.counts()
            queues = self._queues()
        except CANNOT:  # a service that still starts
            return False
        del queues[broker.DEAD_LETTERS]
        return self._place.units_run() and not waiting and not any(queues.values())

    def _queues(self) -> dict[str, int]:
        """Return the depths of the queues that are empty when everything is done, and the letters.

        A canary waits for its worker, which a deploy that failed has never started.
        """
        return {
            name: depth
            for name, depth in broker.depths(self._place).items()
            if name != TICKS and not name.startswith(CANARY)
        }

    def tell(self, requests: int) -> None:
        """Say how far the run is."""
        try:
            accepted, done, waiting = self.ledger.counts()
        except CANNOT:
            self._say("PostgreSQL is away")
            return
        self._say(
            f"{requests} requests, {accepted} tasks accepted, {done} effects, "
            f"{waiting} in the outbox"
        )

    def drain(self, run: Span) -> bool:
        """Wait until everything of the run is done; return whether it is."""
        deadline = time.monotonic() + DRAIN_WITHIN
        before: object = None
        quiet = time.monotonic()
        while time.monotonic() < min(deadline, quiet + QUIET):
            try:
                queues = self._queues()
                letters = queues.pop(broker.DEAD_LETTERS)
                tasks, ticks = self.ledger.open(), self.ledger.open_ticks(run)
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
        return len(set(self.ledger.refused()) - set(broker.dead_letters(self._place)))

    def close(
        self,
        run: Span,
        answers: list[Answer],
        hits: Sequence[Hit] = (),
        away: Sequence[Span] = (),
    ) -> Books:
        """Return the books as they are now."""
        end = time.time()
        book = self.ledger
        return Books(
            run=run,
            end=end,
            answers=answers,
            hits=list(hits),
            away=list(away),
            accepted=book.accepted(),
            executions=book.executions(),
            effects=book.effects(),
            ticks=book.ticks(),
            dead=broker.dead_letters(self._place),
            parked=book.parked(),
            intervals=ledger.INTERVALS,
        )
