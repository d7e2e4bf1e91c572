"""Tasks that are often hit while they run, or outlast a deploy."""

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


@shared_task(**EFFECT)
def hold(self, milliseconds: int) -> int:
    """Enter the effect last, so that its time is that of the task's end."""
    time.sleep(milliseconds / 1000)
    return enter_effect(self.request, milliseconds)
