"""What beat holds of an entry between its ticks: when it is due next."""

from datetime import UTC, datetime, timedelta
from typing import Any

from celery.exceptions import ImproperlyConfigured
from celery.schedules import ParseException

from celeriac.scheduling.crontab import Crontab
from celeriac.scheduling.limits import MOST_MISSED, SHORTEST_INTERVAL, TICKS_KEPT
from celeriac.scheduling.schedules import Clocked, Interval, Schedule, due_times
from celeriac.scheduling.solar import Solar

# The 29th of February falls on each day of the week within 40 years.
_FAR = timedelta(days=41 * 366)
_LAST = datetime.max.replace(tzinfo=UTC) - _FAR
_INSTANT = timedelta(microseconds=1)


class ScheduleError(Exception):
    """An entry's schedule cannot be followed. The text says what to change."""


class Entry:
    """One enabled entry, as it was when the schedule was read.

    next_due: None when nothing is due any more.
    not_before: until when it is left alone, though it is due.
    """

    def __init__(self, model: Any, done_until: datetime) -> None:
        """Read a PeriodicTask with its schedule.

        Raises:
            ScheduleError: it has no schedule, or one that cannot be followed.

        """
        self.pk: int = model.pk
        self.name: str = model.name
        self._schedule = _schedule(model)
        self._start: datetime | None = model.start_time
        self._expires: datetime | None = model.expires
        self.next_due = self.first_after(done_until)
        self.not_before: datetime | None = None

    @property
    def turn(self) -> datetime | None:
        """When to look at it again."""
        if self.next_due is None or self.not_before is None:
            return self.next_due
        return max(self.next_due, self.not_before)

    def due(self, done_until: datetime, now: datetime) -> list[datetime]:
        """Return what is due and not handled, in order: the newest MOST_MISSED within TICKS_KEPT."""
        after = self._after(done_until)
        if not isinstance(self._schedule, Clocked):
            after = max(after, now - TICKS_KEPT)
        times = due_times(self._schedule, after, self._until(now), newest=MOST_MISSED)
        return list(times)[-MOST_MISSED:]

    def first_after(self, moment: datetime) -> datetime | None:
        after = self._after(moment)
        if after > _LAST:
            return None
        return next(due_times(self._schedule, after, self._until(after + _FAR)), None)

    def after(self, done: datetime) -> datetime | None:
        """Return the due time that follows one that is handled; a clocked entry has none."""
        return None if isinstance(self._schedule, Clocked) else self.first_after(done)

    def _after(self, moment: datetime) -> datetime:
        if isinstance(self._schedule, Clocked):
            # Due once, late or not: one that was made for a time just past runs at once.
            moment = self._schedule.at - _INSTANT
        return moment if self._start is None else max(moment, self._start - _INSTANT)

    def _until(self, moment: datetime) -> datetime:
        return moment if self._expires is None else min(moment, self._expires - _INSTANT)


def _schedule(model: Any) -> Schedule:
    try:
        if model.interval:
            return _interval(model)
        if model.crontab:
            return _crontab(model.crontab)
        if model.solar:
            where = float(model.solar.latitude), float(model.solar.longitude)
            return Solar(model.solar.event, *where)
        if model.clocked:
            return Clocked(model.clocked.clocked_time)
    except (ValueError, OverflowError, ParseException, ImproperlyConfigured) as error:
        raise ScheduleError(f"its schedule cannot be read: {error}") from error
    raise ScheduleError("it has no schedule. Choose one in the admin.")


def _interval(model: Any) -> Interval:
    every = timedelta(**{model.interval.period: model.interval.every})
    if every < SHORTEST_INTERVAL:
        raise ScheduleError(
            f"it is due every {every.total_seconds()} s, and an entry may be due every "
            f"{SHORTEST_INTERVAL.total_seconds()} s at most. Choose a longer interval, or let "
            "one run do more."
        )
    return Interval(every, model.start_time)


def _crontab(model: Any) -> Crontab:
    fields = model.schedule
    return Crontab(
        minute=frozenset(fields.minute),
        hour=frozenset(fields.hour),
        day_of_month=frozenset(fields.day_of_month),
        month_of_year=frozenset(fields.month_of_year),
        day_of_week=frozenset(fields.day_of_week),
        timezone=model.timezone,
    )
