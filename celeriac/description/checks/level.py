"""What the two levels of application do not have in common."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from celeriac.description.model import Description
from celeriac.description.problems import Problem

_REMEDY = "Remove it, or make the application integrated."


def hosted(description: Description, folder: Path) -> Iterator[Problem]:
    """A hosted application declares and routes itself: keys about that would do nothing."""
    if description.integrated:
        return
    for name, queue in description.queues.items():
        if queue.tasks:
            what = "a hosted application routes its tasks itself"
            yield Problem(f"queues/{name}/tasks", what, _REMEDY)
        if queue.consumer_timeout is not None:
            what = "a hosted application declares its queues itself"
            yield Problem(f"queues/{name}/consumer_timeout", what, _REMEDY)
    if description.default_queue is not None:
        what = "a hosted application has its default queue in its own settings"
        yield Problem("default_queue", what, _REMEDY)
    for where, publishes in publishers(description):
        if publishes:
            what = "a hosted application may publish to all of its virtual host"
            yield Problem(where, what, _REMEDY)


def processes(description: Description, folder: Path) -> Iterator[Problem]:
    """There must be something to run."""
    if not description.pools and description.web is None and description.beat is None:
        yield Problem("pools", "nothing runs: no pool, no web, no beat", "Describe one of them.")


def publishers(description: Description) -> Iterator[tuple[str, list[str]]]:
    """Yield the path and the value of every ``publishes``."""
    if description.web is not None:
        yield "web/publishes", description.web.publishes
    if description.beat is not None:
        yield "beat/publishes", description.beat.publishes
    for name, pool in description.pools.items():
        yield f"pools/{name}/publishes", pool.publishes
