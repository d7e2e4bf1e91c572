"""Work that takes long or goes wrong, each task to show one behaviour."""

import random
import time

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded

ROUNDS_PER_REPORT = 20_000  # a progress report every few hundredths of a second of work
SECONDS_BETWEEN_REPORTS = 0.5  # each one is a write to the database
CUSTOMERS_A_DAY = 50_000


class SupplierAwayError(Exception):
    """The supplier's figures cannot be had just now."""


@shared_task(bind=True)
def forecast_demand(self, rounds: int) -> dict[str, float]:
    """Simulate `rounds` days of sales on one core; reports its progress as it goes."""
    days = random.Random(rounds)  # noqa: S311 -- the same figures for the same question
    total = highest = 0.0
    reported = 0.0
    for done in range(rounds):
        sold = days.gauss(120, 25) * days.choice((0.8, 1.0, 1.3))
        total += sold
        highest = max(highest, sold)
        if done % ROUNDS_PER_REPORT == 0 and time.monotonic() - reported > SECONDS_BETWEEN_REPORTS:
            reported = time.monotonic()
            progress = {"current": done, "total": rounds, "percent": 100 * done // rounds}
            self.update_state(state="PROGRESS", meta=progress)
    return {"days": rounds, "average": round(total / rounds, 2), "highest": round(highest, 1)}


@shared_task(
    bind=True,
    autoretry_for=(SupplierAwayError,),
    retry_backoff=2,
    retry_backoff_max=30,
    retry_jitter=True,
    max_retries=5,
)
def fetch_supplier_figures(self, failures: int) -> str:
    """Fail `failures` times before it succeeds; the waits grow and vary at random."""
    attempt = self.request.retries + 1
    if attempt <= failures:
        raise SupplierAwayError(f"Attempt {attempt}: the supplier does not answer.")
    return f"Attempt {attempt} brought the figures."


@shared_task(soft_time_limit=4, time_limit=30)
def stop_at_soft_limit() -> str:
    """Work without end; the soft time limit interrupts it and it keeps what it has."""
    rows = 0
    try:
        while True:
            rows += 1
    except SoftTimeLimitExceeded:
        return f"Stopped by the soft time limit of 4 s with {rows} rows done."


@shared_task(soft_time_limit=2, time_limit=5)
def die_at_hard_limit() -> None:
    """Ignore the soft time limit; at the hard one the worker ends the process."""
    while True:
        try:
            time.sleep(1)
        except SoftTimeLimitExceeded:
            continue


@shared_task
def fail() -> None:
    """Fail at once, in a way that trying again would not change."""
    raise ValueError("The figures of March are missing. Enter them and start the report again.")


@shared_task
def draw_sales(days: int) -> list[int]:
    sales = random.Random(days)  # noqa: S311
    return [sales.randint(60, 180) for _ in range(days)]


@shared_task
def sum_weeks(sales: list[int]) -> list[int]:
    return [sum(sales[day : day + 7]) for day in range(0, len(sales), 7)]


@shared_task
def name_best_week(weeks: list[int]) -> str:
    best = max(weeks)
    return f"Week {weeks.index(best) + 1} of {len(weeks)} was the best, with {best} sold."


@shared_task
def region_total(region: str, days: int) -> dict[str, object]:
    """Add up what each customer bought; a second of work or so for a month."""
    baskets = random.Random(region)  # noqa: S311
    sold = sum(baskets.randint(0, 4) for _ in range(days * CUSTOMERS_A_DAY))
    return {"region": region, "sold": sold}


@shared_task
def add_regions(totals: list[dict]) -> dict[str, object]:
    return {"sold": sum(total["sold"] for total in totals), "regions": totals}
