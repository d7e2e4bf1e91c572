from celery import shared_task


@shared_task
def nowhere() -> None:
    """Its queue is deleted under it."""
