"""Crontab entries, in their own time zone, through the changes of its clocks.

A due time is a time on the zone's clocks, and each comes exactly once:

- One that the clocks skip comes as much later as they skip: an entry at 02:30 runs at 03:30 on
  the day when 02:00 is followed by 03:00.
- One that the clocks show twice comes the first time. Only an entry of every hour goes on
  through both, because it would pause for an hour otherwise.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

_DAY = timedelta(days=1)
_EVERY_HOUR = frozenset(range(24))


@dataclass(frozen=True)
class Crontab:
    """Due when every field fits, as Celery means it (cron takes either kind of day).

    day_of_week: 0 is Sunday.
    """

    minute: frozenset[int]
    hour: frozenset[int]
    day_of_month: frozenset[int]
    month_of_year: frozenset[int]
    day_of_week: frozenset[int]
    timezone: tzinfo

    def times(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the due times later than `after` and not later than `until`, in UTC, in order."""
        # A day more at both ends: the clocks of some zones change at midnight.
        day = after.astimezone(self.timezone).date() - _DAY
        last = until.astimezone(self.timezone).date() + _DAY
        while day <= last:
            if day.month not in self.month_of_year:
                day = _next_month(day)
                continue
            if self._fits(day):
                for due in sorted(self._times_of(day)):
                    if due > until:
                        return
                    # One day's time may be that of another where a zone left out a whole day.
                    if due > after:
                        after = due
                        yield due
            day += _DAY

    def _fits(self, day: date) -> bool:
        return day.day in self.day_of_month and day.isoweekday() % 7 in self.day_of_week

    def _times_of(self, day: date) -> set[datetime]:
        shown = [
            datetime.combine(day, time(hour, minute), self.timezone)
            for hour in self.hour
            for minute in self.minute
        ]
        # Python reads a time that the clocks skip by the offset before, which is the rule above.
        due = {moment.astimezone(UTC) for moment in shown}
        if self.hour == _EVERY_HOUR:
            again = [moment.replace(fold=1) for moment in shown]
            due |= {moment.astimezone(UTC) for moment in again if _is_shown(moment)}
        return due


def _is_shown(moment: datetime) -> bool:
    """Whether the zone's clocks show this time at all."""
    back = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return back.replace(tzinfo=None, fold=0) == moment.replace(tzinfo=None, fold=0)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
