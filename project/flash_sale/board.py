"""Today's flash sale as it stands in Redis: written by a task, read by the public pages."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

from project.flash_sale.models import Activity


class ColdError(Exception):
    """Redis has no flash sale for today, or does not answer."""


def read() -> dict[str, Any]:
    """Return today's flash sale from Redis alone. Raises ColdError."""
    try:
        found = cache.get(_key(timezone.localdate()))
    except RedisError as error:
        raise ColdError("The cache does not answer.") from error
    if found is None:
        raise ColdError("Today's flash sale has not been written to the cache yet.")
    return found


def write() -> dict[str, Any]:
    """Write today's flash sale to Redis for FLASH_SALE_TTL seconds; return the counts."""
    today = timezone.localdate()
    activities = _activities(today)
    written = {
        "date": today.isoformat(),
        "written_at": timezone.now().isoformat(timespec="seconds"),
        "activities": activities,
    }
    cache.set(_key(today), written, timeout=settings.FLASH_SALE_TTL)
    slots = [slot for activity in activities for slot in activity["slots"]]
    return {
        "date": written["date"],
        "activities": len(activities),
        "slots": len(slots),
        "items": sum(len(slot["items"]) for slot in slots),
    }


def _key(day: date) -> str:
    # The day is in the key, so that yesterday's sale is never shown as today's.
    return f"flash-sale:{day.isoformat()}"


def _activities(day: date) -> list[dict[str, Any]]:
    running = Activity.objects.filter(starts_on__lte=day, ends_on__gte=day)
    return [
        {
            "name": activity.name,
            "description": activity.description,
            "slots": [
                {
                    "from": f"{slot.starts_at:%H:%M}",
                    "until": f"{slot.ends_at:%H:%M}",
                    "items": [
                        {
                            "name": item.name,
                            "price": str(item.price),
                            "sale_price": str(item.sale_price),
                            "stock": item.stock,
                        }
                        for item in slot.items.all()
                    ],
                }
                for slot in activity.slots.all()
            ],
        }
        for activity in running.prefetch_related("slots__items")
    ]
