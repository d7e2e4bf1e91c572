"""When entries are due: pure functions of the schedule and of time.

Due times do not depend on when beat started or last ran, so that every host and every restart
finds the same ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from celeriac.scheduling.crontab import Crontab
from celeriac.scheduling.solar import Solar

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Interval:
    """Due at `start` and every `every` after it; without `start`, on a grid from 1970 (UTC).

    Every day is so midnight UTC, and every 7 days is Thursday's.
    """

    every: timedelta
    start: datetime | None = None


@dataclass(frozen=True)
class Clocked:
    """Due once."""

    at: datetime


Schedule = Interval | Crontab | Clocked | Solar


def due_times(
    schedule: Schedule, after: datetime, until: datetime, newest: int | None = None
) -> Iterator[datetime]:
    """Yield the due times later than `after` and not later than `until`, in UTC, in order.

    newest: for an interval, start with the last so many at once; a long outage would else
        mean millions of steps. The other schedules have at most one a minute.
    """
    match schedule:
        case Interval():
            yield from _interval(schedule, after, until, newest)
        case Clocked():
            at = schedule.at.astimezone(UTC)
            if after < at <= until:
                yield at
        case Crontab() | Solar():
            yield from schedule.times(after, until)


def _interval(
    interval: Interval, after: datetime, until: datetime, newest: int | None
) -> Iterator[datetime]:
    start = (interval.start or EPOCH).astimezone(UTC)
    first, last = (after - start) // interval.every + 1, (until - start) // interval.every
    if interval.start:
        first = max(first, 0)
    if newest is not None:
        first = max(first, last - newest + 1)
    for number in range(first, last + 1):
        yield start + number * interval.every
