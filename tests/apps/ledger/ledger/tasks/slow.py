"""A task that is often hit while it runs."""

import time

from celery import shared_task

from ledger.book import enter_effect
from ledger.tasks.options import EFFECT


@shared_task(**EFFECT)
def linger(self, value: int, seconds: float) -> int:
    """Enter the effect first: without a transaction around the task it would stay."""
    enter_effect(self.request, value)
    time.sleep(seconds)
    return value
