"""What the relay counts, and how the outbox stands, for people and for Prometheus."""

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from celeriac.publishing.message import PARKED_TABLE, TABLE

FILE = "relay.prom"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the outbox stands.

    waiting: messages that are accepted and not confirmed.
    oldest_seconds: how long the oldest of them has waited: the lag.
    parked: messages that cannot be sent, by the word their reason begins with.
    """

    waiting: int = 0
    oldest_seconds: float = 0.0
    parked: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        parked = sum(self.parked.values())
        return (
            f"{self.waiting} waiting"
            + (f", the oldest for {self.oldest_seconds:.1f} s" if self.waiting else "")
            + (f", {parked} parked" if parked else "")
        )


@dataclass(slots=True)
class Counters:
    """What one relay did since it started."""

    confirmed: int = 0
    parked: int = 0
    # Publishes that were sent and not answered; each may become a duplicate.
    doubtful: int = 0


def measure(cursor: Any) -> Standing:
    """Read the whole table, dead rows too: a second's work when there are millions."""
    cursor.execute(
        f"SELECT count(*), extract(epoch FROM clock_timestamp() - min(created_at)) FROM {TABLE}"  # noqa: S608
    )
    waiting, oldest = cursor.fetchone()
    cursor.execute(f"SELECT split_part(reason, ':', 1), count(*) FROM {PARKED_TABLE} GROUP BY 1")  # noqa: S608
    return Standing(waiting, float(oldest or 0), dict(cursor.fetchall()))


def exposition(standing: Standing, counters: Counters, *, database: bool, broker: bool) -> str:
    """Return the metrics in Prometheus' text format."""
    rows = [
        ("outbox_waiting", "gauge", "Messages accepted and not confirmed.", standing.waiting),
        (
            "outbox_oldest_seconds",
            "gauge",
            "How long the oldest has waited.",
            standing.oldest_seconds,
        ),
        ("relay_confirmed_total", "counter", "Messages this relay delivered.", counters.confirmed),
        ("relay_parked_total", "counter", "Messages this relay parked.", counters.parked),
        (
            "relay_doubtful_total",
            "counter",
            "Sent and not answered; sent again.",
            counters.doubtful,
        ),
        ("relay_database_up", "gauge", "Whether it reaches the database.", int(database)),
        (
            "relay_broker_up",
            "gauge",
            "Whether it reaches a broker that takes messages.",
            int(broker),
        ),
    ]
    lines = []
    for name, kind, text, value in rows:
        lines += [f"# HELP celeriac_{name} {text}", f"# TYPE celeriac_{name} {kind}"]
        lines.append(f"celeriac_{name} {value}")
    lines += [
        "# HELP celeriac_outbox_parked Messages that cannot be sent.",
        "# TYPE celeriac_outbox_parked gauge",
    ]
    lines += [
        f'celeriac_outbox_parked{{reason="{reason}"}} {count}'
        for reason, count in sorted(standing.parked.items())
    ]
    return "\n".join(lines) + "\n"


def write(folder: Path, text: str) -> None:
    """Replace the file at once, readable by all: a collector never sees half of it."""
    part = folder / f".{FILE}"
    part.write_text(text, encoding="utf-8")
    part.chmod(0o644)
    os.replace(part, folder / FILE)  # noqa: PTH105
