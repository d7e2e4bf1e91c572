"""What the tasks of both modules do."""

import json
import os
import signal
from typing import Any

from celeriac.publishing.task import Task
from tally import board
from tally.models import Effect


class HeldAtItsEnd(Task):
    """Its first run waits, between its end and what Celery does about it, until a test lets go."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        finally:
            wait_once(kwargs["key"])


class KilledAtItsEnd(Task):
    """Its first run is killed when all is stored and before the message is acknowledged."""

    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: Any) -> None:
        if board.is_first(f"{kwargs['key']}:run"):
            os.kill(os.getpid(), signal.SIGKILL)


def wait_once(key: str) -> None:
    if board.is_first(f"{key}:run"):
        board.write("waiting", key)
        board.wait(f"{key}:go")


def leave(task: Task, key: str) -> str:
    task_id = task.request.id or "called as a function"
    board.write(f"{key}:runs", task_id)
    board.write(f"{key}:given", json.dumps(task.request.args))
    Effect.objects.create(key=key, task_id=task_id)
    return key
