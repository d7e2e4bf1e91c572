"""What a beat does that comes back after an outage, and what it does not catch up."""

from datetime import timedelta

import pytest

from tests.integration.scheduling.timetable import Timetable
from tests.integration.waiting import wait_for

MINUTE = timedelta(minutes=1)


def test_each_entry_has_its_policy(timetable: Timetable) -> None:
    each = timetable.interval(1, "minutes")
    for policy in ("skip", "once", "all", None):
        entry = timetable.entry(str(policy), interval_id=each)
        timetable.away_for(str(policy), "10 minutes")
        if policy:
            timetable.run("INSERT INTO celeriac_entry_policy VALUES (%s, %s)", entry, policy)
    now = timetable.now()
    timetable.leader()
    for policy in ("skip", "once", "all", "None"):
        wait_for(lambda name=policy: timetable.done_until(name) > now - MINUTE, "caught up")
    ticks = {name: timetable.ticks(name) for name in ("skip", "once", "all", "None")}
    skipped = {name: timetable.ticks(name, "skipped") for name in ticks}
    # Each due time has a row, and the newest is less than a minute late: that is not missed.
    assert {len(ticks[name]) + len(skipped[name]) for name in ticks} <= {10, 11}
    assert len(ticks["skip"]) in (1, 2)
    assert ticks["skip"] == ticks["once"] == ticks["None"]
    assert not skipped["all"]
    assert timetable.sent("all") == len(ticks["all"])
    assert timetable.sent("skip") == len(ticks["skip"])
    assert timetable.reasons("skip") == {"missed; the policy is to skip"}
    assert timetable.reasons("once") == {"missed; a later run makes up for it"}


def test_once_is_the_newest_of_the_missed(timetable: Timetable) -> None:
    timetable.entry("rare", interval_id=timetable.interval(1, "hours"))
    now = timetable.now()
    # Due every hour at this minute less two.
    timetable.change("rare", start_time=now - timedelta(hours=50, minutes=2))
    timetable.away_for("rare", "4 hours")
    timetable.leader()
    (sent,) = wait_for(lambda: timetable.ticks("rare"), "it is made up for")
    assert sent == now - 2 * MINUTE
    assert len(timetable.ticks("rare", "skipped")) == 3


def test_a_long_outage_is_made_up_for_within_bounds(timetable: Timetable) -> None:
    entry = timetable.entry("often", interval_id=timetable.interval(1))
    timetable.run("INSERT INTO celeriac_entry_policy VALUES (%s, 'all')", entry)
    timetable.away_for("often", "2 hours")
    beat = timetable.leader()
    wait_for(lambda: len(timetable.ticks("often")) >= 1000, "made up for", seconds=60)
    assert len(timetable.ticks("often")) <= 1000 + 60
    assert timetable.sent("often") == len(timetable.ticks("often"))
    assert "often: missed since " in beat.log
    # In many transactions, between which other entries have their turn.
    assert timetable.database.rows("SELECT count(DISTINCT xmin::text) >= 10 FROM celeriac_tick")[0][
        0
    ]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE django_celery_beat_periodictask SET enabled = false;"
        "UPDATE django_celery_beat_periodictask SET enabled = true",
        "UPDATE django_celery_beat_periodictask SET start_time = now() - interval '1 day'",
        "UPDATE django_celery_beat_intervalschedule SET every = 2",
    ],
    ids=["enabled again", "another start", "another schedule"],
)
def test_nothing_from_before_a_change_is_caught_up(timetable: Timetable, change: str) -> None:
    """No beat runs, and no code of Django's sees the change."""
    timetable.entry("entry", interval_id=timetable.interval(1, "minutes"))
    timetable.away_for("entry", "1 hour")
    before = timetable.now()
    timetable.run("UPDATE django_celery_beat_periodictask SET last_run_at = now(), args = '[1]'")
    assert timetable.done_until("entry") < before - 59 * MINUTE, "no change of when it is due"
    timetable.run(change)
    assert before <= timetable.done_until("entry") <= timetable.now()
