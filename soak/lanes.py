"""Carries the faults out, each at its time, and waits until everything has recovered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from docker.errors import DockerException

from deploy.lab.errors import LabError
from soak import node_faults, process_faults
from soak.books import Hit, Span
from soak.place import POOLS, Place
from soak.plan import CALM, Fault, Lane

RECOVERS_WITHIN = 180.0  # seconds, without anybody's help
# A web host may not have seen yet that PostgreSQL is back.
GRACE = 1.0  # seconds
ASK_EVERY = 0.5  # seconds
STRIKES = node_faults.FAULTS | process_faults.FAULTS
# A ValueError: what a host said is cut off, as Docker does it now and then on a busy machine.
CANNOT = (RuntimeError, LabError, DockerException, ValueError)


class Lanes:
    """Both lanes of a plan. `hits` and `away` are what they did, as far as they got."""

    def __init__(
        self,
        place: Place,
        plan: dict[Lane, list[Fault]],
        seconds: float,
        say: Callable[[str], None],
    ) -> None:
        self.hits: list[Hit] = []
        self.away: list[Span] = []
        self._place, self._seconds, self._say = place, seconds, say
        self._stopped = threading.Event()
        self._since = time.monotonic()
        self._threads = [
            threading.Thread(target=self._lane, args=(lane, faults))
            for lane, faults in plan.items()
        ]

    def start(self) -> None:
        self._since = time.monotonic()
        for thread in self._threads:
            thread.start()

    def alive(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def stop(self) -> None:
        """End now: faults that last are undone."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _lane(self, lane: Lane, faults: Sequence[Fault]) -> None:
        for fault in faults:
            self._stopped.wait(max(0.0, self._since + fault.at - time.monotonic()))
            left = self._since + self._seconds - time.monotonic()
            if self._stopped.is_set() or left < fault.lasts + CALM / 2:
                return
            try:
                self._one(lane, fault)
            except Exception as error:
                self._say(f"{fault.kind}: could not be carried out: {error!r}")
                now = time.time()
                self.hits.append(Hit(fault.kind, "not carried out", now, now, False))

    def _one(self, lane: Lane, fault: Fault) -> None:
        database = fault.kind.startswith("database")
        with self._begun(fault) as (since, target):
            self._say(f"{fault.kind}: {target}" + (f", {fault.lasts:g} s" * bool(fault.lasts)))
            self._stopped.wait(fault.lasts)
        ended = time.time()
        if database:
            self._until(self._place.database_answers)
            self.away.append(Span(since, time.time() + GRACE))
        recovered = self._until(
            lambda: (
                self._place.units_run(first=target.partition(",")[0])
                if lane == "processes"
                else self._all_well(ended)
            )
        )
        self.hits.append(Hit(fault.kind, target, since, time.time(), recovered))
        self._say(f"{fault.kind}: {'recovered' if recovered else 'NOT RECOVERED'}, {target}")

    @contextmanager
    def _begun(self, fault: Fault) -> Iterator[tuple[float, str]]:
        """Strike; again, while another fault hides the target. Undone when the block ends."""
        deadline = time.monotonic() + RECOVERS_WITHIN
        with ExitStack() as struck:
            while True:
                since = time.time()
                try:
                    target = struck.enter_context(STRIKES[fault.kind](self._place, fault.draw))
                    break
                except CANNOT:
                    if self._stopped.wait(1) or time.monotonic() > deadline:
                        raise
            yield since, target

    def _until(self, condition: Callable[[], bool]) -> bool:
        deadline = time.monotonic() + RECOVERS_WITHIN
        while not (met := self._met(condition)):
            if time.monotonic() > deadline or self._stopped.wait(ASK_EVERY):
                break
        return met

    def _met(self, condition: Callable[[], bool]) -> bool:
        try:
            return condition()
        except CANNOT:  # a host or the database does not answer
            return False

    def _all_well(self, since: float) -> bool:
        """Every node takes clients, and every pool has begun a task since."""
        place = self._place
        if not all(place.broker_listens(host) for host in place.brokers):
            return False
        began = f"SELECT count(DISTINCT task) FROM {POOLS_SEEN} WHERE at > to_timestamp({since})"  # noqa: S608
        return place.sql(began) == [[str(POOLS)]] and place.units_run()


# One row for each pool's module.
POOLS_SEEN = "(SELECT split_part(task, '.', 3) AS task, at FROM ledger_execution) AS seen"
