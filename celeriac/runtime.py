"""The kit's settings for an integrated application's Celery.

In the application's Celery module, after its own configuration:

    app = Celery("project")
    app.config_from_object("django.conf:settings", namespace="CELERY")
    celeriac.runtime.configure(app)

The settings come from the document that a deploy writes from celeriac.yml
into each release; CELERIAC_RUNTIME names it.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from celery import Celery, Task, signals
from celery.exceptions import ImproperlyConfigured
from kombu.entity import Exchange, Queue

DESCRIPTION = "celeriac.yml"


def configure(app: Celery) -> None:
    """Apply the queues, routes and limits of this process, over the application's own settings.

    CELERIAC_PROCESS says which process this is: `web` (the default), `beat`
    or `pool-<pool>`. Without CELERIAC_RUNTIME, in development, the settings
    are derived from the nearest celeriac.yml above the working directory,
    and Celery declares the queues as it needs them.

    Raises:
        ImproperlyConfigured: the document is missing, broken, or does not
            know the process. The text says what to do.

    """
    process = os.environ.get("CELERIAC_PROCESS", "web")
    path = os.environ.get("CELERIAC_RUNTIME")
    document = _read(Path(path)) if path else _derive(Path.cwd())
    settings = _settings(document, process)
    settings["task_queues"] = [
        _queue(queue, declared=bool(path)) for queue in settings["task_queues"]
    ]
    app.conf.update(settings)
    signals.task_prerun.connect(_forget_delay)


def _settings(document: Mapping[str, Any], process: str) -> dict[str, Any]:
    processes = document["celery"]["processes"]
    if process not in processes:
        raise ImproperlyConfigured(
            f"CELERIAC_PROCESS={process}: {DESCRIPTION} describes no such process. "
            f"It describes: {', '.join(sorted(processes))}."
        )
    return {**document["celery"]["common"], **processes[process]}


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


def _read(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ImproperlyConfigured(
            f"CELERIAC_RUNTIME={path}: cannot be read: {error.strerror}. Each release holds it; "
            "deploy again, or unset the variable to derive the settings from celeriac.yml."
        ) from error
    except ValueError as error:
        raise ImproperlyConfigured(
            f"CELERIAC_RUNTIME={path}: not a JSON document ({error}). Deploy again."
        ) from error
    return document


def _derive(folder: Path) -> dict[str, Any]:
    path = next(
        (
            above / DESCRIPTION
            for above in (folder, *folder.parents)
            if (above / DESCRIPTION).exists()
        ),
        None,
    )
    if path is None:
        raise ImproperlyConfigured(
            f"CELERIAC_RUNTIME is not set, and there is no {DESCRIPTION} in {folder} or above. "
            "Start the process in the application's folder, or name the runtime document."
        )
    try:
        from celeriac.derive import runtime
        from celeriac.description.loading import load
        from celeriac.description.problems import InputError
    except ImportError as error:
        raise ImproperlyConfigured(
            f"CELERIAC_RUNTIME is not set, and deriving the settings from {path} needs more "
            f"packages ({error}). Install celeriac from a checkout of its repository, with them: "
            "pip install '<checkout>[control]'."
        ) from error
    try:
        document = runtime.build(load(path))
    except InputError as error:
        raise ImproperlyConfigured(str(error)) from error
    if document is None:
        raise ImproperlyConfigured(
            f"{path}: level: a hosted application keeps its own settings. Write `level: "
            "integrated`, or remove the call of celeriac.runtime.configure."
        )
    return document
