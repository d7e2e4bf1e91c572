"""Keeps the flash sale in Redis up to date, from where the public API reads it."""

from celery import shared_task
from django.db import OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from project.flash_sale import board


# The schedule asks again every minute, so a few quick tries are enough.
@shared_task(
    autoretry_for=(OperationalError, RedisConnectionError, RedisTimeoutError),
    retry_backoff=2,
    retry_backoff_max=15,
    retry_jitter=True,
    max_retries=3,
)
def write_flash_sale() -> dict[str, object]:
    """Write today's activities with their slots and items; returns what was written, counted."""
    return board.write()
