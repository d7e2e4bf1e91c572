"""How tasks reach the broker: what the outbox, the relay and our scheduler need."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from celeriac.description.model import Description
from celeriac.description.problems import Problem
from celeriac.description.processes import SCHEDULER


def outbox(description: Description, folder: Path) -> Iterator[Problem]:
    """The outbox is a table in the database that every process reaches."""
    if not description.relayed or _carried(description, "database"):
        return
    first = next(
        path for path, part in description.publishers.items() if description.route(part) == "outbox"
    )
    what = "through the outbox, a table in the database, but no connection carries a database"
    remedy = "Add `DATABASE_URL: database.url` to connections, or write `via: direct`."
    yield Problem(f"{first}/via", what, remedy)


def broker(description: Description, folder: Path) -> Iterator[Problem]:
    """Somebody must be told where the broker is."""
    if description.integrated and not _carried(description, "broker"):
        remedy = "Add `BROKER_URL: broker.url`; processes that never go there do not get it."
        yield Problem("connections", "no connection carries the broker", remedy)


def relay(description: Description, folder: Path) -> Iterator[Problem]:
    """Without an outbox no relay runs."""
    if description.integrated and description.relay is not None and not description.relayed:
        what = "no relay runs, because every process publishes directly"
        yield Problem("relay", what, "Remove it, or a `via: direct`.")


def ticks(description: Description, folder: Path) -> Iterator[Problem]:
    """Our scheduler writes each tick in one transaction with its row in the outbox."""
    beat = description.beat
    if beat is None or beat.scheduler != SCHEDULER or description.route(beat) == "outbox":
        return
    if description.integrated:
        what = f"{SCHEDULER} writes into the outbox"
        yield Problem("beat/via", what, "Remove it, or use another scheduler.")
    else:
        what = f"{SCHEDULER} writes into the outbox, which a hosted application has not"
        remedy = "Use another scheduler, or make the application integrated."
        yield Problem("beat/scheduler", what, remedy)


def _carried(description: Description, service: str) -> bool:
    return any(name.startswith(f"{service}.") for name in description.connections.values())
