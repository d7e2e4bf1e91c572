"""Everything that can be wrong with a description whose keys and values are well formed.

A check reads the description and, if it must, the application's files, and yields a
problem for each mistake. It names the sections it needs, so that a mistake in one of
them is not reported a second time as its consequences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from celeriac.description import placeholders
from celeriac.description.checks import (
    application,
    arguments,
    connections,
    level,
    limits,
    modules,
    publishing,
    queues,
    requirements,
    tasks,
    variables,
)
from celeriac.description.model import Description
from celeriac.description.problems import Problem


@dataclass(frozen=True)
class Check:
    """``run`` takes the description and the folder it stands in."""

    run: Callable[[Description, Path], Iterable[Problem]]
    needs: frozenset[str]


def _check(run: Callable[[Description, Path], Iterable[Problem]], *needs: str) -> Check:
    return Check(run, frozenset(needs))


# Sections that set environment variables.
_VARIABLES = (
    "connections",
    "step_connections",
    "environment",
    "pools",
    "web",
    "beat",
    "relay",
)
CHECKS = (
    _check(application.name, "application"),
    _check(level.hosted, "level", "queues", "pools", "web", "beat", "relay"),
    _check(level.processes, "pools", "web", "beat"),
    _check(queues.names, "level", "queues"),
    _check(queues.pool_names, "application", "level", "pools"),
    _check(queues.default, "level", "queues"),
    _check(queues.consumers, "queues", "pools"),
    _check(queues.consumed, "level", "queues", "pools"),
    _check(queues.published, "level", "queues", "pools", "web", "beat"),
    _check(publishing.outbox, "level", "connections", "pools", "web", "beat"),
    _check(publishing.broker, "level", "connections"),
    _check(publishing.relay, "level", "pools", "web", "beat", "relay"),
    _check(publishing.ticks, "level", "beat"),
    _check(limits.order, "pools"),
    _check(limits.prefork_only, "pools"),
    _check(limits.consumer_timeout, "queues", "pools"),
    _check(arguments.worker, "pools"),
    _check(arguments.web, "web"),
    _check(connections.expressions, "connections", "step_connections", "secrets"),
    _check(connections.unused, "connections", "step_connections", "secrets", "cache"),
    _check(connections.keys, "application", "connections", "step_connections", "cache"),
    _check(variables.names, *_VARIABLES),
    _check(variables.twice, *_VARIABLES),
    _check(placeholders.environment, "environment"),
    _check(modules.source, "code"),
    _check(modules.starting, "code", "django", "celery", "level"),
    _check(requirements.file, "code"),
    _check(tasks.listed, "code", "queues"),
    _check(tasks.unlisted, "code", "level", "queues"),
)


def check(
    description: Description, folder: Path, broken: frozenset[str] = frozenset()
) -> list[Problem]:
    """Return the problems that the checks find; skip those that need a ``broken`` section."""
    return [
        problem
        for one in CHECKS
        if not one.needs & broken
        for problem in one.run(description, folder)
    ]
