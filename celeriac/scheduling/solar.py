"""Entries that follow the sun. The application needs the package ephem for them, as with Celery."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from celery import schedules

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Solar:
    """Due at one kind of event, as `celery.schedules.solar` names it; in degrees."""

    event: str
    latitude: float
    longitude: float
    _sun: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # With its clock stopped, its distance from now to an event is the event's time.
        sun = schedules.solar(self.event, self.latitude, self.longitude, nowfun=lambda: _EPOCH)
        object.__setattr__(self, "_sun", sun)

    def times(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the due times later than `after` and not later than `until`, in UTC, in order."""
        day = after.astimezone(UTC).date()
        while day <= until.astimezone(UTC).date():
            for due in self._times_of(day):
                if after < due <= until:
                    yield due
            day += _DAY

    def _times_of(self, day: date) -> Iterator[datetime]:
        """Search from midnight: from another start, the same event has another fraction of a second."""
        due = self._next(datetime.combine(day, time(), UTC))
        while due.date() == day:
            yield due
            due = self._next(due + _DAY / 2)

    def _next(self, moment: datetime) -> datetime:
        found: datetime = _EPOCH + self._sun.remaining_estimate(moment)
        return found.replace(microsecond=0)
