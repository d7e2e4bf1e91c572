"""The parts of celeriac.yml that say which processes run, and within which limits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from celeriac.description.fields import (
    Argument,
    Command,
    EnvironmentValue,
    Memory,
    Module,
    Positive,
    Seconds,
    UrlPath,
)
from celeriac.description.parts import Part

# RabbitMQ's own default: a consumer that holds a message for longer is cut off.
CONSUMER_TIMEOUT = 1800
# Our scheduler: of several, one leads.
SCHEDULER = "celeriac.scheduling.scheduler:DatabaseScheduler"

Route = Literal["outbox", "direct"]
Via = Annotated[
    Route | None,
    Field(
        default=None,
        description="How its tasks reach the broker (integrated). outbox, the default: through a "
        "table of the application's database, in the transaction that is open. direct: at once, "
        "with a broker user of its own; a broker that is away is an error.",
    ),
]

Environment = Annotated[
    dict[str, EnvironmentValue],
    Field(default={}, description="Environment variables, as literal text in quotes."),
]
Publishes = Annotated[
    list[str],
    Field(
        default=[],
        description="Queues it may send tasks to (integrated); any other is refused. "
        "A pool may send to the queues it consumes without listing them: retries go there.",
    ),
]
Nice = Annotated[int, Field(ge=-20, le=19)]
StatusCode = Annotated[int, Field(ge=100, le=599)]


class Queue(Part):
    """A queue. Its key is its name and its routing key."""

    tasks: list[Module] = Field(
        default=[],
        description="Modules whose tasks go to this queue (integrated).",
    )
    consumer_timeout: Annotated[int, Field(ge=60)] | None = Field(
        default=None,
        description="Seconds a worker may hold a message of this queue (integrated); "
        "RabbitMQ's default is 1800.",
    )


class Pool(Part):
    """Workers that consume the same queues in the same way."""

    queues: list[str] = Field(default=[], description="Queues it consumes, and no other.")
    publishes: Publishes
    via: Via
    pool_class: Literal["prefork", "threads", "solo", "gevent", "eventlet"] = Field(
        default="prefork",
        alias="class",
        description="Celery's execution pool. Only prefork can enforce time limits.",
    )
    concurrency: Positive = Field(description="Tasks that one worker runs at the same time.")
    prefetch: Positive = Field(
        default=1,
        description="Messages a worker holds, per task it can run at the same time.",
    )
    soft_time_limit: Seconds | None = Field(
        default=None, description="Seconds after which a task gets SoftTimeLimitExceeded."
    )
    time_limit: Seconds | None = Field(
        default=None, description="Seconds after which a task is killed."
    )
    max_tasks_per_child: Positive | None = Field(
        default=None, description="Tasks after which a child process is replaced."
    )
    memory: Memory = Field(description="Memory limit of one worker with its children: 512M.")
    nice: Nice = Field(default=0, description="Priority: -20 is the highest, 19 the lowest.")
    overlap: bool = Field(
        default=True,
        description="Whether a deploy runs the new workers before it stops the old ones, which "
        "takes their memory twice. Where not, nobody serves the pool while the old finish.",
    )
    arguments: list[Argument] = Field(default=[], description="More arguments of `celery worker`.")
    environment: Environment


class Health(Part):
    """How to see that the web process works."""

    path: UrlPath = Field(description="The path to ask for.")
    host: str | None = Field(
        default=None, min_length=1, description="The Host header; by default the site's first name."
    )
    codes: list[StatusCode] = Field(
        default=[200], min_length=1, description="Status codes that are well."
    )
    within: Seconds = Field(default=30, description="Seconds within which it must be well.")


class Web(Part):
    """The web process. Leave it out if the application has none."""

    command: Command = Field(description="The gunicorn command, without bind, workers and threads.")
    publishes: Publishes
    via: Via
    processes: Positive = Field(default=1, description="Processes that answer requests.")
    threads: Positive = Field(default=1, description="Threads of each process.")
    memory: Memory = Field(description="Memory limit of all its processes together: 512M.")
    health: Health = Field(description="How to see that it works.")
    environment: Environment


class Beat(Part):
    """Celery's beat, which sends periodic tasks. Leave it out if the application has none."""

    scheduler: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="The scheduler class; by default Celery's, which keeps a file. "
        f"{SCHEDULER} may run on several hosts (integrated).",
    )
    publishes: Publishes
    via: Via
    memory: Memory = Field(description="Memory limit: 256M.")
    environment: Environment


class Relay(Part):
    """The process that sends what stands in the outbox; it runs if any process is via outbox."""

    memory: Memory = Field(default="256M", description="Memory limit of one: 256M.")
    environment: Environment = {}
