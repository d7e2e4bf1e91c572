from celery import shared_task


@shared_task
def deliver(number: int, note: str = "") -> None:
    """Nobody runs it."""
