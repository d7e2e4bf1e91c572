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
    for path, publisher in description.publishers.items():
        if publisher.publishes:
            what = "a hosted application may publish to all of its virtual host"
            yield Problem(f"{path}/publishes", what, _REMEDY)
        if publisher.via is not None:
            what = "a hosted application publishes to the broker itself"
            yield Problem(f"{path}/via", what, _REMEDY)
    if description.relay is not None:
        yield Problem("relay", "a hosted application has no outbox to relay", _REMEDY)


def processes(description: Description, folder: Path) -> Iterator[Problem]:
    """There must be something to run."""
    if not description.pools and description.web is None and description.beat is None:
        yield Problem("pools", "nothing runs: no pool, no web, no beat", "Describe one of them.")
