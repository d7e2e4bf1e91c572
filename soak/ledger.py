"""Reads the ledger's books, and begins them anew."""

from __future__ import annotations

from soak.books import Accepted, Effect, Execution, Span, Tick
from soak.place import Place

# The schedule's entries, as the application's command `entries` makes them. Seconds.
INTERVALS = {"every 1 s": 1.0, "every 5 s": 5.0, "every minute": 60.0}
_EPOCH = "extract(epoch FROM {})::numeric(20, 6)"


class Ledger:
    """The ledger's tables, past the application."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def begin_anew(self) -> None:
        """Empty the books. Nothing may be under way."""
        self._place.sql("TRUNCATE ledger_accepted, ledger_execution, ledger_effect")

    def counts(self) -> tuple[int, int, int]:
        """Return how many tasks were accepted, have their effect, and wait in the outbox."""
        ((accepted, done, waiting),) = self._place.sql(
            "SELECT (SELECT count(*) FROM ledger_accepted),"
            " (SELECT count(DISTINCT task_id) FROM ledger_effect),"
            " (SELECT count(*) FROM celeriac_outbox)"
        )
        return int(accepted), int(done), int(waiting)

    def open(self) -> int:
        """Return how many accepted tasks have no effect yet."""
        ((number,),) = self._place.sql(
            "SELECT count(*) FROM ledger_accepted a WHERE value IS NOT NULL"
            " AND NOT EXISTS (SELECT FROM ledger_effect e WHERE e.task_id = a.task_id)"
        )
        return int(number)

    def refused(self) -> list[str]:
        """Return the tasks that have to be dead letters."""
        rows = self._place.sql("SELECT task_id FROM ledger_accepted WHERE value IS NULL")
        return [task for (task,) in rows]

    def accepted(self) -> list[Accepted]:
        rows = self._place.sql(
            f"SELECT task_id, kind, value, runs, {_EPOCH.format('at')} FROM ledger_accepted"  # noqa: S608
        )
        return [
            Accepted(task, kind, int(value) if value else None, int(runs), float(at))
            for task, kind, value, runs, at in rows
        ]

    def executions(self) -> list[Execution]:
        rows = self._place.sql(
            f"SELECT task_id, worker, {_EPOCH.format('at')} FROM ledger_execution"  # noqa: S608
        )
        return [Execution(task, worker, float(at)) for task, worker, at in rows]

    def effects(self) -> list[Effect]:
        rows = self._place.sql(
            f"SELECT task_id, value, {_EPOCH.format('at')} FROM ledger_effect"  # noqa: S608
        )
        return [Effect(task, int(value), float(at)) for task, value, at in rows]

    def ticks(self) -> list[Tick]:
        """Every tick that was sent, long before the run too: their tasks may still come."""
        rows = self._place.sql(
            f"SELECT entry_name, {_EPOCH.format('due')}, task_id FROM celeriac_tick"  # noqa: S608
            " WHERE outcome = 'sent'"
        )
        return [Tick(entry, float(due), task) for entry, due, task in rows]

    def open_ticks(self, run: Span) -> int:
        """Return how many ticks of the run have no effect yet, or are still to come."""
        ((fired,),) = self._place.sql(
            "SELECT count(*) FROM celeriac_tick t WHERE outcome = 'sent'"  # noqa: S608
            f" AND due > to_timestamp({run.since}) AND due <= to_timestamp({run.until})"
            " AND NOT EXISTS (SELECT FROM ledger_effect e WHERE e.task_id = t.task_id::text)"
        )
        entries = ", ".join(f"('{entry}', {every})" for entry, every in INTERVALS.items())
        ((to_come,),) = self._place.sql(
            f"SELECT count(*) FROM (VALUES {entries}) AS e (name, every) WHERE NOT EXISTS"  # noqa: S608
            " (SELECT FROM celeriac_tick WHERE entry_name = name"
            f" AND extract(epoch FROM due) > {run.until} - every)"
        )
        return int(fired) + int(to_come)

    def parked(self) -> list[str]:
        return [task for (task,) in self._place.sql("SELECT task_id FROM celeriac_outbox_parked")]
