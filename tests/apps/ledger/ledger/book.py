"""Keeps the books on the workers' side."""

from os import environ

from celery.app.task import Context

from ledger.models import Effect, Execution


class Router:
    """Executions go to the database's second connection, the tables are made on the first."""

    def db_for_write(self, model, **hints):
        return "executions" if model is Execution else None

    def allow_migrate(self, db, app_label, **hints):
        return db == "default"


def enter_execution(task_id: str, task, **_) -> None:
    """Enter a run when it begins; connected to Celery's signal `task_prerun`.

    The signal comes for deliveries that the inbox answers too: each one is a repetition.
    """
    if task.name.startswith("ledger."):
        worker = f"{task.request.hostname}/{environ['CELERIAC_RELEASE']}"
        Execution.objects.create(task_id=task_id, task=task.name, worker=worker)


def enter_effect(request: Context, value: int) -> int:
    """Enter the effect of the task that runs."""
    Effect.objects.create(task_id=request.id, value=value)
    return value
