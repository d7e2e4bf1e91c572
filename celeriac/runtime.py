"""The kit's settings for an integrated application's Celery.

In the application's Celery module, after its own configuration:

    app = Celery("project")
    app.config_from_object("django.conf:settings", namespace="CELERY")
    celeriac.runtime.configure(app)

The settings come from the document that a deploy writes from celeriac.yml
into each release; CELERIAC_RUNTIME names it.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celery import Celery, Task, signals
from celery.exceptions import ImproperlyConfigured
from celery.utils.imports import symbol_by_name
from kombu.entity import Exchange, Queue

from celeriac.worker import canary, connections, tls
from celeriac.worker import document as documents

# Whoever uses it all the same is told, by a name that no resolver knows.
NO_BROKER = "amqp://no-broker.invalid//"
AMQP_CLASS = "celeriac.publishing.amqp:AMQP"
TASK_CLASS = "celeriac.publishing.task:Task"
# A pool's broker user may declare nothing; in development nothing is declared yet.
CONSUMER = "celeriac.worker.consumer:DeclaredConsumer"
DEVELOPMENT_CONSUMER = "celeriac.worker.consumer:Consumer"
CELERYS_TASK_CLASSES = ("celery.app.task:Task", "celery.contrib.django.task:DjangoTask")


@dataclass(frozen=True, slots=True)
class Publishing:
    """How this process publishes tasks.

    via: `outbox`, or `direct` to the broker.
    queues: the routing keys that lead somewhere.
    writers: the routing keys that each database role may use; None is no limit.
    message_limit: bytes of a serialised message.
    """

    via: str
    queues: tuple[str, ...]
    writers: Mapping[str, Sequence[str]] | None
    message_limit: int

    @property
    def via_outbox(self) -> bool:
        return self.via == "outbox"


_publishing: Publishing | None = None


def publishing() -> Publishing:
    """Return what `configure` found.

    Raises:
        ImproperlyConfigured: it was not called yet.

    """
    if _publishing is None:
        raise ImproperlyConfigured(
            "celeriac.runtime.configure(app) was not called. Call it in the application's Celery "
            "module, and import that module in the project's __init__.py."
        )
    return _publishing


def configure(app: Celery) -> None:
    """Apply the queues, routes and limits of this process, over the application's own settings.

    CELERIAC_PROCESS says which process this is: `web` (the default), `beat`,
    `pool-<pool>` and so on. Without CELERIAC_RUNTIME, in development, the
    settings are derived from the nearest celeriac.yml above the working
    directory, and Celery declares the queues as it needs them.

    Raises:
        ImproperlyConfigured: the document is missing, broken, or does not
            know the process, or the application has a task class of its own
            that is not derived from celeriac.publishing.task.Task. The text
            says what to do.

    """
    global _publishing
    process = os.environ.get("CELERIAC_PROCESS", "web")
    path = os.environ.get("CELERIAC_RUNTIME")
    document = documents.read(Path(path)) if path else documents.derive(Path.cwd())
    settings = _settings(document, process)
    settings["task_queues"] = [
        _queue(queue, declared=bool(path)) for queue in settings["task_queues"]
    ]
    settings["worker_consumer"] = CONSUMER if path else DEVELOPMENT_CONSUMER
    app.conf.update(settings)
    _publishing = _own(document["publishing"], process)
    if _publishing.via_outbox and not app.conf.broker_url:
        app.conf.broker_url = NO_BROKER
    tls.install()
    connections.keep(app)
    app.amqp_cls = AMQP_CLASS
    app.task_cls = _task_class(app)
    canary.install(app)
    signals.task_prerun.connect(_forget_delay)
    from celeriac.publishing import checks

    checks.install(app)


def _settings(document: Mapping[str, Any], process: str) -> dict[str, Any]:
    processes = document["celery"]["processes"]
    if process not in processes:
        raise ImproperlyConfigured(
            f"CELERIAC_PROCESS={process}: {documents.DESCRIPTION} describes no such process. "
            f"It describes: {', '.join(sorted(processes))}."
        )
    return {**document["celery"]["common"], **processes[process]}


def _own(document: Mapping[str, Any], process: str) -> Publishing:
    return Publishing(
        via=document["processes"][process],
        queues=tuple(document["queues"]),
        writers=document["writers"],
        message_limit=document["message_limit"],
    )


def _task_class(app: Celery) -> Any:
    """Ours, or the application's own where it is derived from ours."""
    if app.task_cls in CELERYS_TASK_CLASSES:
        return TASK_CLASS
    from celeriac.publishing.task import Task as Required

    own = symbol_by_name(app.task_cls)
    if not issubclass(own, Required):
        raise ImproperlyConfigured(
            f"{own.__module__}.{own.__qualname__}: the application's task class is not derived "
            "from celeriac.publishing.task.Task, so that a retry could be lost. Derive it from "
            "that instead of Celery's."
        )
    return own


def _queue(queue: Mapping[str, Any], *, declared: bool) -> Queue:
    """`declared`: the deploy has made it on the broker, and this process may not."""
    exchange = Exchange(  # type: ignore[no-untyped-call]
        queue["exchange"], type=queue["exchange_type"], no_declare=declared
    )
    return Queue(  # type: ignore[no-untyped-call]
        queue["name"],
        exchange,
        routing_key=queue["routing_key"],
        queue_arguments=queue["queue_arguments"],
        no_declare=declared,
    )


def _forget_delay(task: Task, **_: Any) -> None:
    """Let a retry without a countdown, as jitter makes some, go to its queue.

    Celery sends it to where the message came from. That of a delayed one is an exchange of
    delayed delivery, to which no worker may publish.
    """
    delivery = task.request.delivery_info
    if delivery and str(delivery.get("exchange")).startswith("celery_delayed_"):
        delivery["exchange"] = task.app.conf.task_default_exchange
        delivery["routing_key"] = delivery["routing_key"].rpartition(".")[2]
