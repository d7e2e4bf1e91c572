"""celeriac.yml as types: what runs, without where and without secrets."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from celeriac.description.fields import ApplicationName, SecretName
from celeriac.description.parts import Cache, CeleryApplication, Code, Django, Part, Releases, Step
from celeriac.description.processes import Beat, Environment, Pool, Queue, Relay, Route, Web


class Description(Part):
    """What runs: code, queues, pools, publishers, schedule, release steps and health."""

    celeriac: Literal[1] = Field(description="The version of this file's format.")
    application: ApplicationName = Field(
        description="The application's name: its system user, database, units and folders."
    )
    level: Literal["hosted", "integrated"] = Field(
        description="hosted: the application as it is, declaring its own queues. "
        "integrated: it calls celeriac.runtime.configure, and queues are declared for it."
    )
    code: Code = Field(description="Which files make the application, and what they need.")
    django: Django = Field(description="How Django is started.")
    celery: CeleryApplication = Field(description="How Celery is started.")
    connections: dict[str, str] = Field(
        default={},
        description="Environment variable to what it carries: broker.url, "
        "database.url (or host, port, name, user, password), cache.url, mail.host, mail.port, "
        "site.url, site.names or secret.<name>.",
    )
    step_connections: dict[str, str] = Field(
        default_factory=dict,
        description="The same for the release's steps alone; no other process sees them.",
    )
    secrets: list[SecretName] = Field(
        default=[], description="Secrets to generate once for each environment."
    )
    cache: Cache | None = Field(default=None, description="How the application uses the cache.")
    environment: Environment
    queues: dict[str, Queue] = Field(
        default={}, description="The queues, by name. Names have no dots."
    )
    default_queue: str | None = Field(
        default=None, description="Where tasks go that no queue lists (integrated)."
    )
    pools: dict[str, Pool] = Field(default={}, description="The pools, by name.")
    web: Web | None = Field(default=None, description="The web process.")
    beat: Beat | None = Field(default=None, description="The process that sends periodic tasks.")
    relay: Relay | None = Field(
        default=None, description="The process that sends what stands in the outbox (integrated)."
    )
    steps: list[Step] = Field(default=[], description="Commands of a release, in this order.")
    releases: Releases = Field(
        default=Releases(), description="How long releases stay on the hosts."
    )

    @property
    def integrated(self) -> bool:
        """Whether the application's queues are declared and its settings derived."""
        return self.level == "integrated"

    @property
    def publishers(self) -> dict[str, Web | Beat | Pool]:
        """Processes that may publish, by their path in the file."""
        found: dict[str, Web | Beat | Pool | None] = {"web": self.web, "beat": self.beat}
        found |= {f"pools/{name}": pool for name, pool in self.pools.items()}
        return {path: part for path, part in found.items() if part is not None}

    def route(self, publisher: Web | Beat | Pool) -> Route:
        """How what it publishes reaches the broker; a hosted application does so itself."""
        return (publisher.via or "outbox") if self.integrated else "direct"

    @property
    def relayed(self) -> bool:
        """Whether anything is published through the outbox, and so a relay runs."""
        return any(self.route(part) == "outbox" for part in self.publishers.values())

    @property
    def uses(self) -> frozenset[str]:
        """Services that the connections name: broker, database, cache, mail, site, secret."""
        return frozenset(name.partition(".")[0] for name in self.all_connections.values())

    @property
    def all_connections(self) -> dict[str, str]:
        """What steps see: the connections of every process and their own."""
        return {**self.connections, **self.step_connections}
