from celery import Task, shared_task
from django.apps import apps

from trial import board

READY_WHEN_IMPORTED = apps.ready


@shared_task
def note(key: str) -> None:
    board.write(key, "note")


@shared_task(bind=True)
def twice(self: Task, key: str, countdown: float) -> None:
    """Run, and once more after `countdown` seconds."""
    board.write(key, f"run {self.request.retries}")
    if not self.request.retries:
        raise self.retry(countdown=countdown)


@shared_task
def django_is_set_up() -> bool:
    return READY_WHEN_IMPORTED
