"""Time limits that cannot work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from celeriac.description.model import Description
from celeriac.description.problems import Problem
from celeriac.description.processes import CONSUMER_TIMEOUT
from celeriac.worker.pauses import PAUSES

_PREFORK_ONLY = ("soft_time_limit", "time_limit", "max_tasks_per_child")


def order(description: Description, folder: Path) -> Iterator[Problem]:
    """The soft limit comes first, so that a task can clean up before it is killed."""
    for name, pool in description.pools.items():
        soft, hard = pool.soft_time_limit, pool.time_limit
        if soft is not None and hard is not None and soft >= hard:
            what = f"{soft} s is not below the time_limit of {hard} s, so it never comes to act"
            yield Problem(f"pools/{name}/soft_time_limit", what, "Lower it, or raise time_limit.")


def prefork_only(description: Description, folder: Path) -> Iterator[Problem]:
    """Only prefork has child processes to signal, kill and replace."""
    for name, pool in description.pools.items():
        if pool.pool_class == "solo" and pool.concurrency != 1:
            what = f"the class solo runs one task at a time, not {pool.concurrency}"
            yield Problem(f"pools/{name}/concurrency", what, "Write 1, or use the class prefork.")
        if pool.pool_class == "prefork":
            continue
        for option in _PREFORK_ONLY:
            if getattr(pool, option) is not None:
                what = f"the class {pool.pool_class} cannot enforce it"
                remedy = "Remove it, or use the class prefork."
                yield Problem(f"pools/{name}/{option}", what, remedy)


def consumer_timeout(description: Description, folder: Path) -> Iterator[Problem]:
    """A message that a worker holds for longer than the queue allows ends the whole worker.

    It holds ``prefetch`` messages for each task it runs, so the last waits for the others. An
    integrated application's worker also holds for a while what it gives back.
    """
    pause = max(PAUSES) if description.integrated else 0
    for name, pool in description.pools.items():
        if pool.time_limit is None:
            continue
        held = pool.time_limit * pool.prefetch + pause
        for queue_name in pool.queues:
            queue = description.queues.get(queue_name)
            if queue is None:
                continue
            allowed = queue.consumer_timeout or CONSUMER_TIMEOUT
            if held >= allowed:
                yield _too_long(description, name, held, queue_name, allowed)


def _too_long(description: Description, pool: str, held: int, queue: str, allowed: int) -> Problem:
    prefetch = description.pools[pool].prefetch
    reasons = [f"with a prefetch of {prefetch}"] if prefetch > 1 else []
    if description.integrated:
        reasons.append(f"{max(PAUSES)} s of them when it is given back")
    reason = f" ({', '.join(reasons)})" if reasons else ""
    what = (
        f"a task may be held for {held} s{reason}, but RabbitMQ ends a worker "
        f"that holds a message of the queue '{queue}' for {allowed} s"
    )
    remedy = (
        f"Set queues/{queue}/consumer_timeout above {held}, or lower the limit."
        if description.integrated
        else f"Lower it below {allowed}."
    )
    return Problem(f"pools/{pool}/time_limit", what, remedy)
