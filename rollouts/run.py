"""One run: the load, and meanwhile one command after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rollouts.commands import Commands
from rollouts.done import Done, complaints, new_release, passed
from rollouts.flow import LONGEST, Flow
from rollouts.plan import Act
from rollouts.state import look
from rollouts.workshop import Workshop
from soak.bookkeeper import Bookkeeper, NotReadyError
from soak.books import Books, Span
from soak.lanes import CANNOT
from soak.load import Load
from soak.place import Place

CLIENTS = 16  # connections to the load balancer
PATIENCE = 5.0  # seconds that a client waits for each part of an answer
POOL, CONCURRENCY = "slow", 2  # the pool of held tasks, as the ledger's celeriac.yml says
SETTLES_WITHIN = 150.0  # seconds before a command
WELL_WITHIN = 30.0  # seconds after a good command
WARM = 5.0  # seconds of load before the first command
# A task is held now: it began and has not ended. The value is its length in milliseconds.
_HELD = (
    "SELECT count(*) FROM ledger_accepted a WHERE kind = 'hold' AND value > {}"
    " AND NOT EXISTS (SELECT FROM ledger_effect e WHERE e.task_id = a.task_id)"
)
_BEGUN = " AND EXISTS (SELECT FROM ledger_execution x WHERE x.task_id = a.task_id)"


class Run:
    """A run against the deployed ledger. `done` is what was carried out so far."""

    def __init__(
        self,
        place: Place,
        commands: Commands,
        workshop: Workshop,
        acts: Sequence[Act],
        rate: float,
        say: Callable[[str], None],
    ) -> None:
        self.done: list[Done] = []
        self._place, self._commands, self._workshop = place, commands, workshop
        self._acts, self._say = acts, say
        self._keeper = Bookkeeper(place, say)
        self._slots = place.slots(POOL, CONCURRENCY)
        self._flow = Flow(rate, self._slots)
        self._load = Load([place.edge], self._flow, CLIENTS, PATIENCE)
        self._history: list[str] = []

    def carry_out(self, first: Path) -> tuple[Books, bool]:
        """Return the books, and whether everything was done when they were closed.

        `first` is the description of the release that is deployed. The first command that ends in
        another way than it should is the last.
        """
        state = look(self._commands, first, WELL_WITHIN)
        if state.in_force is None or state.code:
            raise NotReadyError(
                f"`celeriac status` ends with {state.code} before anything was done: "
                f"{'; '.join(state.problems) or 'the log says why'}"
            )
        self._history = [state.in_force]
        self._keeper.begin_anew()
        since = time.time()
        self._load.start()
        try:
            time.sleep(WARM)
            for act in self._acts:
                self._settle(act)
                done = self._one(act)
                self.done.append(done)
                self._keeper.tell(len(self._load.answers))
                if done.code != act.code:
                    self._say("that was not to be: no further command")
                    break
            time.sleep(WARM)
        finally:
            self._load.stop()
        run = Span(since, time.time())
        self._say("the last request was answered; waiting until everything is done")
        drained = self._keeper.drain(run)
        return self._keeper.close(run, self._load.answers), drained

    def _settle(self, act: Act) -> None:
        """Wait until nothing finishes any more, and held tasks are as the command is to find them."""
        self._flow.longest = act.longest
        deadline = time.monotonic() + SETTLES_WITHIN
        while (why := self._unsettled(act)) is not None:
            if time.monotonic() > deadline:
                raise NotReadyError(f"after {SETTLES_WITHIN:.0f} s, before {act.name}: {why}")
            time.sleep(1)

    def _unsettled(self, act: Act) -> str | None:
        try:
            if finishing := self._place.finishing():
                return f"still finishing: {', '.join(finishing)}"
            if act.longest < LONGEST:
                held = self._held(act.longest, "")
                return f"{held} long tasks have not ended" if held else None
            held = self._held(act.longest / 2, _BEGUN)
        except CANNOT as error:
            return str(error)
        return f"{held} long tasks run" if held < self._slots / 2 else None

    def _held(self, longer: float, more: str) -> int:
        ((number,),) = self._place.sql(_HELD.format(round(1000 * longer)) + more)
        return int(number)

    def _one(self, act: Act) -> Done:
        file = self._workshop.release(act.copy, act.breaks)
        self._say(f"{act.name}: celeriac {' '.join(act.words)}")
        told = self._commands.run(*act.words, file=file, killed_in=act.killed_in)
        # A beat may need seconds until it leads; a bad release may leave what never runs.
        state = look(self._commands, file, 0.0 if act.bad else WELL_WITHIN)
        before = self._history[-1]
        new = new_release(state, before)
        expected, serving = self._expected(act, new)
        wrong = tuple(complaints(act, told, state, before, expected))
        for complaint in wrong:
            self._say(f"  WRONG: {complaint}")
        self._say(f"{act.name}: ended with {told.code} after {told.until - told.since:.1f} s")
        if act.after == "previous":
            self._history.pop()
        elif act.after == "new" and new:
            self._history.append(new)
        return Done(
            act,
            since=told.since,
            until=told.until,
            passed=passed(told),
            code=told.code,
            before=before,
            new=new,
            in_force=state.in_force,
            serving=serving,
            wrong=wrong,
        )

    def _expected(self, act: Act, new: str | None) -> tuple[str | None, tuple[str, ...]]:
        """Return which release has to be in force, and with which web hosts may answer."""
        now = {"new": new, "same": self._history[-1], "previous": self._history[-2:][0]}[act.after]
        serving = (now, new) if act.mixed else (now,)
        return now, tuple(release for release in serving if release)
