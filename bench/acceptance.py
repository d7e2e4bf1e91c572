"""What it costs a process to publish a task: a row of the outbox beside a confirmed message.

    python -m bench.acceptance --rounds 10 --tasks 200

Two processes of one application take turns, so that both see the same machine. The processor's
time is the client's alone. Starts RabbitMQ and PostgreSQL in containers of its own; its figures
compare with each other and do not travel.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from tests.integration.systemd import Unit

IN_A_GROUP = 50
# Process of the application, what it does, and how it is called in the table.
WAYS = [
    ("pool-letters", "delay", "direct: .delay(), confirmed"),
    ("web", "delay", "outbox: .delay() without a transaction"),
    ("web", "within", "outbox: .delay() in an open transaction"),
    ("pool-letters", "group", f"direct: a task of a group of {IN_A_GROUP}, confirmed"),
    ("web", "group", f"outbox: a task of a group of {IN_A_GROUP}"),
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--tasks", type=int, default=200, help="in each way and round")
    options = parser.parse_args()

    from bench.publishing import opened

    measured: dict[str, list[dict[str, float]]] = {}
    with opened() as office:
        command = ["python", "-m", "bench.acceptance", "publisher"]
        units = {
            process: office.application.start(process, command, ready="none", dialogue=True)
            for process in ("pool-letters", "web")
        }
        for process, way, _ in WAYS:
            ask(units[process], way, IN_A_GROUP)  # connections, caches
        for _ in range(options.rounds):
            for process, way, name in WAYS:
                measured.setdefault(name, []).append(ask(units[process], way, options.tasks))
            office.empty()
    print(f"{'':44}{'CPU µs':>8}{'ms':>8}")
    for _, _, name in WAYS:
        cpu, wall = (
            statistics.median(each[part] for each in measured[name]) for part in ("cpu", "wall")
        )
        print(f"{name:44}{cpu * 1e6:8.0f}{wall * 1e3:8.2f}")
    return 0


def ask(unit: Unit, way: str, tasks: int) -> dict[str, float]:
    """Return the seconds of the processor and of the clock for one task."""
    print(way, tasks, file=unit.process.stdin, flush=True)
    answer = unit.process.stdout.readline()
    if not answer:
        raise RuntimeError(unit.log)
    return json.loads(answer)


def publisher() -> None:
    """Run in a process of the application: publish as asked, line by line."""
    import django

    django.setup()
    from celery import group
    from django.db import transaction
    from parcels.tasks import deliver

    def delay(number: int) -> None:
        for each in range(number):
            deliver.delay(each, "fragile")

    def within(number: int) -> None:
        with transaction.atomic():
            delay(number)

    def in_groups(number: int) -> None:
        for _ in range(number // IN_A_GROUP):
            group(deliver.s(each, "fragile") for each in range(IN_A_GROUP)).apply_async()

    ways: dict[str, Callable[[int], Any]] = {"delay": delay, "within": within, "group": in_groups}
    for line in sys.stdin:
        way, number = line.split()
        print(json.dumps(timed(ways[way], int(number))), flush=True)


def timed(publish: Callable[[int], Any], number: int) -> dict[str, float]:
    cpu, since = time.process_time(), time.perf_counter()
    publish(number)
    return {
        "cpu": (time.process_time() - cpu) / number,
        "wall": (time.perf_counter() - since) / number,
    }


if __name__ == "__main__":
    sys.exit(publisher() if sys.argv[1:] == ["publisher"] else main())
