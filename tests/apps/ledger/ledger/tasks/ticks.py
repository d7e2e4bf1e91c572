from celery import shared_task

from ledger.book import enter_effect
from ledger.tasks.options import EFFECT


@shared_task(**EFFECT)
def tick(self) -> int:
    return enter_effect(self.request, 1)
