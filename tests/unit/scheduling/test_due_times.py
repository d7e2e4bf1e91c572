"""When entries are due, through the changes of clocks. Expected times are UTC, unless marked."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from celery.schedules import crontab

from celeriac.scheduling.crontab import Crontab
from celeriac.scheduling.schedules import Clocked, Interval, Schedule, due_times
from celeriac.scheduling.solar import Solar

INSTANT = timedelta(microseconds=1)
BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"


def cron(text: str, zone: str = BERLIN) -> Crontab:
    """`minute hour day-of-month month day-of-week`."""
    minute, hour, day_of_month, month_of_year, day_of_week = text.split()
    fields = crontab(minute, hour, day_of_week, day_of_month, month_of_year)
    return Crontab(
        frozenset(fields.minute),
        frozenset(fields.hour),
        frozenset(fields.day_of_month),
        frozenset(fields.month_of_year),
        frozenset(fields.day_of_week),
        ZoneInfo(zone),
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def due(schedule: Schedule, after: str, until: str, newest: int | None = None) -> list[str]:
    """Return the due times after one moment, up to and with the other."""
    return [f"{m:%m-%d %H:%M:%S}" for m in due_times(schedule, at(after), at(until), newest)]


# Berlin: 02:00 is followed by 03:00 at 01:00 UTC on 29 March 2026, and 03:00 by 02:00 at
# 01:00 UTC on 25 October. Lord Howe's clocks change by half an hour, at 15:30 and 15:00 UTC.
@pytest.mark.parametrize(
    ("entry", "zone", "day", "expected"),
    [
        ("30 2 * * *", BERLIN, "2026-03-28", ["01:30"]),
        # A time that is skipped comes later by as much as the clocks skip: at 03:30.
        ("30 2 * * *", BERLIN, "2026-03-29", ["01:30"]),
        ("30 2 * * *", BERLIN, "2026-03-30", ["00:30"]),
        ("30 2 * * *", NEW_YORK, "2026-03-08", ["07:30"]),
        ("15 2 * * *", LORD_HOWE, "2026-10-04", ["15:45"]),
        # Two times of the clocks that are one moment are due once.
        ("30 1-3 * * *", BERLIN, "2026-03-29", ["00:30", "01:30"]),
        ("*/30 2,3 * * *", BERLIN, "2026-03-29", ["01:00", "01:30"]),
        # A time that comes twice is due the first time ...
        ("30 2 * * *", BERLIN, "2026-10-25", ["00:30"]),
        ("30 1-3 * * *", BERLIN, "2026-10-25", ["23:30", "00:30", "02:30"]),
        ("30 1 * * *", NEW_YORK, "2026-11-01", ["05:30"]),
        ("45 1 * * *", LORD_HOWE, "2026-04-05", ["14:45"]),
        # ... but an entry of every hour does not pause for one.
        ("5 * * * *", BERLIN, "2026-03-29", ["23:05", *(f"{n:02}:05" for n in range(22))]),
        ("5 * * * *", BERLIN, "2026-10-25", ["22:05", "23:05", *(f"{n:02}:05" for n in range(23))]),
    ],
)
def test_a_day_on_which_the_clocks_change(
    entry: str, zone: str, day: str, expected: list[str]
) -> None:
    start = datetime.combine(date.fromisoformat(day), time(), ZoneInfo(zone))
    end = datetime.combine(start.date() + timedelta(days=1), time(), ZoneInfo(zone))
    found = due_times(cron(entry, zone), start - INSTANT, end - INSTANT)
    assert [f"{moment:%H:%M}" for moment in found] == expected


@pytest.mark.parametrize(
    ("entry", "after", "until", "expected"),
    [
        ("0 4 * * *", "2026-01-01T03:00", "2026-01-01T03:00", []),
        ("0 4 * * *", "2026-01-01T02:59", "2026-01-01T03:00", ["01-01 03:00:00"]),
        ("0 0 31 * *", "2026-03-31T00:00", "2026-06-01T00:00", ["05-30 22:00:00"]),
        ("0 0 29 2 *", "2026-01-01", "2030-01-01", ["02-28 23:00:00"]),
        # Both kinds of day have to fit: a first of the month that is a Monday.
        ("0 12 1 * 1", "2026-01-01", "2026-12-31", ["06-01 10:00:00"]),
        ("0 12 * 1 0", "2026-01-01", "2026-01-12", ["01-04 11:00:00", "01-11 11:00:00"]),
    ],
)
def test_crontab(entry: str, after: str, until: str, expected: list[str]) -> None:
    assert due(cron(entry), after, until) == expected


def test_a_day_that_a_zone_left_out_is_not_due_twice() -> None:
    """Samoa went from 29 to 31 December 2011."""
    found = due(cron("0 8 * * *", "Pacific/Apia"), "2011-12-28T00:00", "2012-01-01T00:00")
    assert found == ["12-28 18:00:00", "12-29 18:00:00", "12-30 18:00:00", "12-31 18:00:00"]


@pytest.mark.parametrize(
    ("interval", "after", "until", "expected"),
    [
        # On a grid from 1970, wherever the search begins.
        (Interval(timedelta(minutes=10)), "2026-01-01T00:03", "2026-01-01T00:20",
         ["01-01 00:10:00", "01-01 00:20:00"]),
        (Interval(timedelta(days=1)), "2026-01-01T12:00", "2026-01-02T12:00", ["01-02 00:00:00"]),
        (Interval(timedelta(seconds=7)), "2026-01-01T00:00:00", "2026-01-01T00:00:10",
         ["01-01 00:00:07"]),
        # On a grid from its start, and not before.
        (Interval(timedelta(hours=1), at("2026-01-01T10:20")), "2026-01-01T00:00",
         "2026-01-01T11:30", ["01-01 10:20:00", "01-01 11:20:00"]),
    ],
)  # fmt: skip
def test_interval(interval: Interval, after: str, until: str, expected: list[str]) -> None:
    assert due(interval, after, until) == expected


def test_the_newest_of_a_long_outage_are_found_at_once() -> None:
    found = due(Interval(timedelta(seconds=1)), "1990-01-01", "2026-01-01T00:00:00", newest=2)
    assert found == ["12-31 23:59:59", "01-01 00:00:00"]


def test_clocked() -> None:
    once = Clocked(at("2026-01-01T12:00"))
    assert due(once, "2026-01-01T11:59", "2026-01-01T12:00") == ["01-01 12:00:00"]
    assert due(once, "2026-01-01T12:00", "2026-01-02T00:00") == []


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, LORD_HOWE, "UTC", "Africa/Cairo"])
@pytest.mark.parametrize("entry", ["*/7 * * * *", "*/20 1-3 * * *", "0 0 * * *", "59 23 * * *"])
def test_steps_give_what_one_look_gives(entry: str, zone: str) -> None:
    """However often beat looks, and wherever a restart falls: the same times, each once."""
    schedule, moment, end = cron(entry, zone), at("2026-03-01"), at("2026-05-05")
    at_once = list(due_times(schedule, moment, end))
    steps, random_steps = [], random.Random(1)  # noqa: S311
    while moment < end:
        until = min(moment + timedelta(minutes=random_steps.randint(1, 3000)), end)
        steps += due_times(schedule, moment, until)
        moment = until
    assert steps == at_once
    assert steps == sorted(set(steps))


def test_the_sun() -> None:
    """Berlin, to the second; whatever the step, the same."""
    sunset, moment, end = Solar("sunset", 52.5, 13.4), at("2026-03-01"), at("2026-04-01")
    at_once = list(due_times(sunset, moment, end))
    assert at_once[0] == at("2026-03-01T16:45:15")
    assert len(at_once) == 31
    steps = []
    while moment < end:
        steps += due_times(sunset, moment, moment + timedelta(hours=5))
        moment += timedelta(hours=5)
    assert steps[:31] == at_once
