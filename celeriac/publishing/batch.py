"""One batch: what was claimed is sent, and leaves the outbox or stays."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from celeriac.publishing import claims, sending
from celeriac.publishing.claims import Row
from celeriac.publishing.in_flight import Outgoing
from celeriac.publishing.pipeline import Pipeline
from celeriac.publishing.report import Fate, Outcome
from celeriac.runtime import Publishing

# What the broker says of a message that it can never take.
_WORDS = {Fate.RETURNED: sending.UNROUTABLE, Fate.INVALID: sending.REJECTED}
# What it says of a queue that others need not wait for.
_RESTING = (Fate.REFUSED, Fate.FORBIDDEN)


@dataclass(slots=True)
class Batch:
    """What became of the rows of one claim."""

    confirmed: list[int] = field(default_factory=list)
    # Row -> why it can never be sent.
    parked: dict[int, str] = field(default_factory=dict)
    # Rows that stay, for another try.
    left: list[int] = field(default_factory=list)
    doubtful: int = 0
    # Routing keys that were taken, and those that are not now, with the broker's reason.
    served: set[str] = field(default_factory=set)
    resting: dict[str, str] = field(default_factory=dict)


def send(rows: Sequence[Row], pipeline: Pipeline, publishing: Publishing, exchange: str) -> Batch:
    """Publish what can be published. Takes the pipeline's `limit` at most."""
    batch = Batch()
    messages: list[Outgoing] = []
    keys: list[str] = []
    for row in rows:
        fault = sending.fault(row, publishing, exchange)
        if fault is not None or row.message is None:
            batch.parked[row.id] = fault or sending.UNDECODABLE
        else:
            messages.append(sending.outgoing(row.message, row.id))
            keys.append(row.routing_key)
    outcomes = pipeline.send(messages)
    for message, key, outcome in zip(messages, keys, outcomes, strict=True):
        _sort(batch, message, key, outcome)
    return batch


def settle(cursor: Any, batch: Batch) -> None:
    """Delete what was confirmed and move what is parked, in the transaction of the claim."""
    claims.park(cursor, batch.parked)
    claims.delete(cursor, batch.confirmed)


def _sort(batch: Batch, message: Outgoing, key: str, outcome: Outcome) -> None:
    row_id: int = message.token
    if outcome.fate is Fate.CONFIRMED:
        batch.confirmed.append(row_id)
        batch.served.add(key)
    elif outcome.fate in _WORDS:
        batch.parked[row_id] = f"{_WORDS[outcome.fate]}: {outcome.reason}"
    else:
        batch.left.append(row_id)
        batch.doubtful += outcome.fate is Fate.UNKNOWN
        if outcome.fate in _RESTING:
            batch.resting[key] = outcome.reason
