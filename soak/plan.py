"""Which faults happen when: from a seed alone, so that a run can be had again.

Two lanes run side by side. `nodes` holds what takes a part of the cluster away: one at a time,
each after everything has recovered from the one before. `processes` holds what systemd puts right
within seconds; those come whatever else happens.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Lane = Literal["nodes", "processes"]


@dataclass(frozen=True)
class Kind:
    """A kind of fault. Seconds: it lasts so long, and the cluster needs so much longer."""

    name: str
    lane: Lane
    shortest: float
    longest: float
    recovers: float


@dataclass(frozen=True)
class Fault:
    """A fault that is due `at` seconds after the start and lasts `lasts` seconds.

    `draw` in [0, 1) chooses the target among those there are then: who leads is not known before.
    """

    at: float
    kind: str
    lasts: float
    draw: float


# Zero seconds: it happens at once, and the host puts it right by itself.
KINDS = (
    Kind("broker leader killed", "nodes", 0, 0, 15),
    Kind("broker follower killed", "nodes", 0, 0, 15),
    Kind("broker stopped", "nodes", 8, 20, 12),
    Kind("broker frozen", "nodes", 8, 20, 10),
    Kind("broker without power", "nodes", 5, 15, 20),
    Kind("broker cut off", "nodes", 8, 25, 12),
    Kind("two brokers apart", "nodes", 8, 20, 15),
    Kind("memory alarm", "nodes", 8, 15, 3),
    Kind("all brokers down", "nodes", 12, 60, 30),
    Kind("worker and brokers apart", "nodes", 8, 20, 8),
    Kind("relay and brokers apart", "nodes", 8, 20, 5),
    Kind("beat leader and database apart", "nodes", 8, 20, 8),
    Kind("database restarted", "nodes", 0, 0, 5),
    Kind("database stopped", "nodes", 4, 10, 5),
    Kind("database frozen", "nodes", 3, 6, 4),
    Kind("worker killed", "processes", 0, 0, 8),
    Kind("worker's child killed", "processes", 0, 0, 4),
    Kind("worker frozen", "processes", 4, 12, 6),
    Kind("relay killed", "processes", 0, 0, 6),
    Kind("relay frozen", "processes", 4, 75, 6),
    Kind("beat leader killed", "processes", 0, 0, 6),
    Kind("beat leader frozen", "processes", 4, 75, 8),
)
LONG_RUN = 15 * 60  # seconds; in a shorter run each fault is as short as it may be
CALM = 8  # seconds without a fault at the start, and for the last ones to end


def plan(seed: int, seconds: float) -> dict[Lane, list[Fault]]:
    """Return the faults of a run of `seconds`, by lane and in order.

    Each lane goes through all its kinds in an order of its own before one comes again.
    """
    return {lane: list(_lane(lane, seed, seconds)) for lane in ("nodes", "processes")}


def _lane(lane: Lane, seed: int, seconds: float) -> Iterator[Fault]:
    choose = random.Random(f"{seed} {lane}")  # noqa: S311 (a run that can be had again)
    at = CALM + choose.uniform(0, 4)
    while True:
        kinds = [kind for kind in KINDS if kind.lane == lane]
        choose.shuffle(kinds)
        for kind in kinds:
            longest = kind.longest if seconds >= LONG_RUN else kind.shortest
            lasts = round(choose.uniform(kind.shortest, longest), 1)
            draw = choose.random()
            if at + lasts + CALM > seconds:
                return
            yield Fault(round(at, 1), kind.name, lasts, draw)
            at += lasts + kind.recovers * choose.uniform(0.8, 1.4)
