"""Each task with the option `once` that ends in another way."""

import os
import signal
from typing import Any

from celery import shared_task
from celery.exceptions import Reject
from django.db import connection, transaction

from celeriac.publishing.task import Task
from tally import board, work
from tally.models import Effect


class InTransaction(Task):
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with transaction.atomic():
            return super().__call__(*args, **kwargs)


@shared_task
def connected(*, key: str) -> int:
    """Return the number of the server's process behind this one's connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@shared_task(bind=True, base=work.KilledAtItsEnd)
def die_and_wait(self: Any, *, key: str) -> str:
    """Its first run is killed at its end; the next ones wait until a test lets them go."""
    if self.request.delivery_info["redelivered"]:
        board.write(f"{key}:again", self.request.id)
        board.wait(f"{key}:go")
    return key


@shared_task(bind=True, once=True)
def hold(self: Any, *, key: str) -> str:
    work.leave(self, key)
    board.wait(f"{key}:go")
    return key


@shared_task(bind=True, once=True)
def fail(self: Any, *, key: str) -> None:
    work.leave(self, key)
    raise ValueError(key)


@shared_task(bind=True, once=True)
def retry(self: Any, *, key: str) -> str:
    work.leave(self, key)
    if self.request.retries < 2:
        raise self.retry(countdown=0)
    return key


@shared_task(bind=True, once=True, autoretry_for=(Exception,), default_retry_delay=0)
def retry_by_itself(self: Any, *, key: str) -> str:
    work.leave(self, key)
    if self.request.retries < 2:
        raise ValueError(key)
    return key


@shared_task(bind=True, once=True)
def return_what_json_cannot(self: Any, *, key: str) -> object:
    work.leave(self, key)
    return object()


@shared_task(bind=True, once=True)
def break_a_constraint_at_commit(self: Any, *, key: str) -> None:
    work.leave(self, key)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE twice (n int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP"
        )
        cursor.execute("INSERT INTO twice VALUES (1), (1)")


@shared_task(bind=True, once=True, autoretry_for=(Exception,))
def lose_the_connection(self: Any, *, key: str) -> str:
    work.leave(self, key)
    if board.is_first(key):
        _end_the_session()
        Effect.objects.count()
    return key


@shared_task(bind=True, once=True)
def lose_the_connection_at_commit(self: Any, *, key: str) -> str:
    work.leave(self, key)
    if board.is_first(key):
        _end_the_session()
    return key


@shared_task(bind=True, once=True)
def kill_the_process(self: Any, *, key: str) -> str:
    work.leave(self, key)
    if board.is_first(key):
        os.kill(os.getpid(), signal.SIGKILL)
    return key


@shared_task(bind=True, once=True, soft_time_limit=1)
def run_too_long(self: Any, *, key: str) -> None:
    work.leave(self, key)
    board.wait(f"{key}:never")


@shared_task(bind=True, once=True, soft_time_limit=None, time_limit=1)
def outlive_the_hard_limit(self: Any, *, key: str) -> None:
    work.leave(self, key)
    board.wait(f"{key}:never")


@shared_task(bind=True, once=True, base=InTransaction)
def run_in_a_transaction(self: Any, *, key: str) -> None:
    work.leave(self, key)


def _end_the_session() -> None:
    other = connection.copy()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (session,) = cursor.fetchone()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [session])
    other.close()


@shared_task(bind=True)
def kill_the_process_always(self: Any, *, key: str) -> None:
    board.write(f"{key}:runs", key)
    os.kill(os.getpid(), signal.SIGKILL)


@shared_task(bind=True)
def reject(self: Any, *, key: str) -> None:
    board.write(f"{key}:runs", key)
    raise Reject("not for me", requeue=False)


@shared_task
def note_the_error(task_id: str, key: str) -> None:
    board.write(key, task_id)
