"""The kinds of process an application has, whatever the number of hosts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from celeriac.derive import names
from celeriac.description.model import Description
from celeriac.description.processes import Beat, Pool, Route, Web

Kind = Literal["web", "beat", "worker", "relay", "step"]


@dataclass(frozen=True)
class Role:
    """A kind of process: what it consumes, what it may publish and how, its own variables."""

    process: str
    kind: Kind
    via: Route
    queues: list[str] = field(default_factory=list)
    publishes: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def broker(self) -> bool:
        """Whether it speaks with the broker: a web process with an outbox has no user there."""
        return self.via == "direct" or self.kind in ("worker", "step")

    @property
    def owner(self) -> bool:
        """Whether it works as the database's owner, as migrations must."""
        return self.kind == "step"


def roles(description: Description) -> list[Role]:
    """Return web, beat and the pools, as far as the application has them; then the kit's own.

    Those are the relay, if there is an outbox, and what an integrated application's release
    steps and operators' commands run as.
    """
    return list(_roles(description))


def _roles(description: Description) -> Iterator[Role]:
    web, beat = description.web, description.beat
    if web is not None:
        yield _publisher(description, "web", "web", web)
    if beat is not None:
        yield _publisher(description, "beat", "beat", beat)
    for name, pool in description.pools.items():
        yield _publisher(description, names.pool_process(name), "worker", pool)
    if not description.integrated:
        return
    every = list(description.queues)
    if description.relayed:
        own = description.relay.environment if description.relay else {}
        yield Role("relay", "relay", "direct", publishes=every, environment=own)
    via: Route = "outbox" if description.relayed else "direct"
    yield Role(names.OPERATIONS, "step", via, [names.DEAD_LETTERS], every)


def _publisher(description: Description, process: str, kind: Kind, part: Web | Beat | Pool) -> Role:
    """A pool may always publish to its own queues: there go retries and what it gives back."""
    queues = part.queues if isinstance(part, Pool) else []
    publishes = [*part.publishes, *(queues if description.integrated else [])]
    return Role(
        process,
        kind,
        description.route(part),
        queues,
        list(dict.fromkeys(publishes)),
        part.environment,
    )
