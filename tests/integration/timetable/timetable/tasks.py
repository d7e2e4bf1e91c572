from celery import shared_task
from celery.signals import before_task_publish
from django.db import connection, transaction


@shared_task
def note(text: str = "") -> None:
    """Never run: the tests look at the outbox."""


@shared_task
def careless() -> None:
    """Publishing it gives the process another database session, as some applications' code does."""


@before_task_publish.connect(sender="timetable.tasks.careless")
def connect_anew(**_: object) -> None:
    transaction.on_commit(connection.close)
    transaction.on_commit(connection.connect)
