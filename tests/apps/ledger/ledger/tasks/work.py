"""Quick tasks of the soak. Each enters one effect, but the one that is refused."""

from celery import shared_task
from celery.exceptions import Reject

from ledger.book import enter_effect
from ledger.tasks.options import EFFECT


@shared_task(**EFFECT)
def enter(self, value: int) -> int:
    return enter_effect(self.request, value)


@shared_task(**EFFECT)
def add(self, before: int, value: int) -> int:
    """Go on from the result of the task before, in a chain."""
    return enter_effect(self.request, before + value)


@shared_task(**EFFECT)
def total(self, values: list[int]) -> int:
    """Add up the results of a chord's members."""
    return enter_effect(self.request, sum(values))


@shared_task(**EFFECT)
def stumble(self, value: int, failures: int) -> int:
    """Fail so often, and try again a second later each time."""
    if self.request.retries < failures:
        raise self.retry(countdown=1)
    return enter_effect(self.request, value)


@shared_task
def refuse() -> None:
    """Become a dead letter."""
    raise Reject("refused for the soak", requeue=False)
