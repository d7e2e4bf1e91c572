"""One run: load and faults side by side, then the wait until everything is done."""

from __future__ import annotations

import time

from soak.bookkeeper import Bookkeeper
from soak.books import Books, Span
from soak.lanes import Lanes
from soak.load import BULK_EVERY, Load, mixed
from soak.place import Place
from soak.plan import plan

TELL_EVERY = 10  # seconds


class Run:
    """A run against the deployed ledger."""

    def __init__(self, place: Place, *, seed: int, minutes: float, rate: float) -> None:
        self._seconds = minutes * 60
        self._keeper = Bookkeeper(place, self._say)
        self._load = Load(place.webs, mixed(rate, seed), bulk_every=BULK_EVERY)
        self._lanes = Lanes(place, plan(seed, self._seconds), self._seconds, self._say)
        self._since = time.time()

    def begin_anew(self) -> None:
        """Wait until nothing of an earlier run is under way, and empty the books."""
        self._keeper.begin_anew()

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
                    self._keeper.tell(len(self._load.answers))
                time.sleep(0.2)
        finally:
            self._lanes.stop()
            self._load.stop()
        run = Span(self._since, time.time())
        self._say("the last request was answered; waiting until everything is done")
        drained = self._keeper.drain(run)
        books = self._keeper.close(run, self._load.answers, self._lanes.hits, self._lanes.away)
        return books, drained

    def _say(self, text: str) -> None:
        print(f"{time.time() - self._since:7.1f} s  {text}", flush=True)
