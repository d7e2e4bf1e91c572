"""Database connections of a worker live from task to task, as Django's do from request to request.

Celery closes them before and after each task; with TLS, connecting takes longer than most tasks.
"""

# mypy: allow-untyped-calls
import sys
from typing import Any

from celery import Celery, Task, signals
from django.db import connections
from kombu.utils.compat import detect_environment

# Celery's own setting: after so many tasks it closes them. Celery reads it under this name alone.
REUSE = "CELERY_DB_REUSE_MAX"


def keep(app: Celery) -> None:
    """Keep connections for CONN_MAX_AGE, unless the application's settings have a rule of their own.

    Only those with CONN_HEALTH_CHECKS: another one that the server has closed meanwhile would fail
    its next task. Pools of green threads keep none: each task has a thread of its own there.
    """
    if app.conf.get(REUSE) is None and detect_environment() == "default":
        app.conf[REUSE] = sys.maxsize
        signals.task_prerun.connect(_close_old)
        signals.task_postrun.connect(_close_old)


def _close_old(sender: Task, **_: Any) -> None:
    if sender.request.is_eager:
        return
    for connection in connections.all(initialized_only=True):
        if connection.settings_dict["CONN_HEALTH_CHECKS"]:
            connection.close_if_unusable_or_obsolete()
        else:
            connection.close()
