"""Mistakes on purpose, by the variable LEDGER_PLANTED: the soak must find each of them."""

from os import environ

from celery import Celery
from celery.canvas import Signature
from django.db import transaction
from kombu import Exchange, Queue

PLANTED = environ.get("LEDGER_PLANTED", "")


def plant() -> None:
    """Plant what concerns the process as a whole."""
    if PLANTED == "confirms-off":
        _confirms_off()


def inbox_off() -> bool:
    """Whether a task's effects may come as often as its message does."""
    return PLANTED == "inbox-off"


def outbox_bypassed(canvas: Signature) -> bool:
    """Whether this task, which is no canvas of several, goes to the broker after the commit."""
    if PLANTED != "outbox-bypassed" or "tasks" in canvas.kwargs or "header" in canvas.kwargs:
        return False
    transaction.on_commit(lambda: _send(canvas))
    return True


def _send(task: Signature) -> None:
    """Publish as Celery does it in an application without an outbox."""
    direct = Celery(broker=environ["LEDGER_BROKER_URL"], set_as_current=False)
    direct.conf.broker_transport_options = {"confirm_publish": True}
    name = task.task.split(".")[2]
    tasks = Exchange("tasks", type="topic", no_declare=True)
    queue = Queue(name, tasks, routing_key=name, no_declare=True)
    direct.send_task(
        task.task,
        task.args,
        task.kwargs,
        task_id=task.options["task_id"],
        queue=queue,
    )


def _confirms_off() -> None:
    """What the relay has written to its socket counts as confirmed."""
    from celeriac.publishing.pipeline import Pipeline

    flush = Pipeline._flush

    def flush_and_believe(self) -> None:
        flush(self)
        self._in_flight.confirmed(self._in_flight._tag, multiple=True)

    Pipeline._flush = flush_and_believe
