"""The kinds of process an application has, whatever the number of hosts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from celeriac.derive import names
from celeriac.description.model import Description

Kind = Literal["web", "beat", "worker"]


@dataclass(frozen=True)
class Role:
    """A kind of process: what it consumes, what it may publish, what is in its environment."""

    process: str
    kind: Kind
    queues: list[str] = field(default_factory=list)
    publishes: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)


def roles(description: Description) -> list[Role]:
    """Return web, beat and the pools, in this order, as far as the application has them."""
    return list(_roles(description))


def _roles(description: Description) -> Iterator[Role]:
    web, beat = description.web, description.beat
    if web is not None:
        yield Role("web", "web", publishes=web.publishes, environment=web.environment)
    if beat is not None:
        yield Role("beat", "beat", publishes=beat.publishes, environment=beat.environment)
    for name, pool in description.pools.items():
        yield Role(
            names.pool_process(name), "worker", pool.queues, pool.publishes, pool.environment
        )
