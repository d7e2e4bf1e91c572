"""Removes ticks that have been kept long enough."""

from datetime import datetime

from celeriac.scheduling.limits import TICKS_KEPT
from celeriac.scheduling.models import Tick

# Rows of one DELETE: it must end long before the leader's next tick could be late.
ROWS = 1000


def clean(alias: str, now: datetime) -> bool:
    """Delete some; True when there may be more.

    Raises:
        django.db.Error: the database does not answer.

    """
    ticks = Tick.objects.using(alias)
    old = ticks.filter(due__lt=now - TICKS_KEPT).order_by("due").values("pk")[:ROWS]
    deleted, _ = ticks.filter(pk__in=old).delete()
    return bool(deleted == ROWS)
