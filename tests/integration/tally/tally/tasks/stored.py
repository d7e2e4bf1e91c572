"""Tasks whose own publishing goes through the outbox."""

from typing import Any

from celery import shared_task

from tally import board, work


@shared_task(bind=True, once=True)
def leave(self: Any, *values: Any, key: str) -> str:
    return work.leave(self, key)


@shared_task(bind=True, once=True, base=work.HeldAtItsEnd)
def leave_and_wait(self: Any, *values: Any, key: str) -> str:
    return work.leave(self, key)


@shared_task(base=work.HeldAtItsEnd)
def fail_and_wait(*, key: str) -> None:
    raise ValueError(key)


@shared_task(bind=True, once=True)
def wait_and_retry(self: Any, *, key: str) -> str:
    value = work.leave(self, key)
    if not self.request.retries:
        work.wait_once(key)
        raise self.retry(countdown=0)
    return value


@shared_task(bind=True, once=True, base=work.KilledAtItsEnd)
def leave_and_die(self: Any, *, key: str) -> str:
    return work.leave(self, key)


@shared_task(bind=True)
def wait_and_leave(self: Any, *, key: str) -> str:
    board.wait(f"{key}:go")
    return work.leave(self, key)
