"""What one beat does with its entries. Nothing consumes the outbox here."""

import json
from datetime import timedelta

from tests.integration.scheduling.timetable import Timetable, contiguous
from tests.integration.waiting import wait_for

SECOND = timedelta(seconds=1)


def test_a_tick_is_a_row_with_its_task_and_the_entrys_last_run(timetable: Timetable) -> None:
    timetable.leader()
    timetable.entry("often", interval_id=timetable.interval(1), args='["x"]', expire_seconds=60)
    due = timetable.wait_for_ticks("often", 3)
    assert contiguous(due, SECOND)
    assert all(moment.microsecond == 0 for moment in due)
    ticks = "SELECT task_id::text, due, written_at FROM celeriac_tick ORDER BY due LIMIT 3"
    tasks = "SELECT task_id, expires FROM celeriac_outbox ORDER BY id LIMIT 3"
    for (number, moment, written), task in zip(
        timetable.database.rows(ticks), timetable.database.rows(tasks), strict=True
    ):
        assert task == (number, moment + 60 * SECOND)
        assert timedelta(0) < written - moment < 5 * SECOND
    assert timetable.field_of("often", "total_run_count") >= 3
    assert timetable.field_of("often", "last_run_at") >= due[2]


def test_changes_are_noticed_while_beat_runs(timetable: Timetable) -> None:
    beat = timetable.leader()
    assert beat.status == "leads, 0 entries"
    timetable.entry("new", interval_id=timetable.interval(1))
    timetable.wait_for_ticks("new", 1)
    timetable.change("new", enabled=False)
    paused = timetable.now()
    wait_for(lambda: beat.status == "leads, 0 entries", "it is paused", seconds=3)
    assert max(timetable.ticks("new")) <= paused
    timetable.change("new", enabled=True)
    timetable.wait_for_ticks("new", 1)


def test_entries_that_cannot_be_sent_do_not_hold_up_others(timetable: Timetable) -> None:
    each = timetable.interval(1)
    faults = {
        "unknown": ({"task": "timetable.tasks.gone"}, "this release has no task"),
        "arguments": ({"args": "[1, 2, 3]"}, "takes from 0 to 1 positional arguments"),
        "broken": ({"args": "{"}, "its args are not JSON"),
        "no list": ({"args": "{}"}, "its args have to be a list of JSON"),
        "elsewhere": ({"queue": "nowhere"}, "nowhere"),
        "unstorable": ({"headers": '{"a": "\\u0000"}'}, "NUL"),
    }
    for name, (fields, _) in faults.items():
        timetable.entry(name, interval_id=each, **fields)
    timetable.entry("too often", interval_id=timetable.interval(50, "microseconds"))
    timetable.entry("never", interval_id=each, start_time="9999-12-31")
    timetable.entry("too rare", interval_id=timetable.interval(2_000_000_000, "days"))
    timetable.entry("right", interval_id=each)
    beat = timetable.leader()
    timetable.wait_for_ticks("right", 2)
    for name, (_, reason) in faults.items():
        assert len(timetable.ticks(name, "failed")) >= 2, name
        assert timetable.ticks(name) == []
        assert timetable.sent(name) == 0
        assert all(reason in found for found in timetable.reasons(name)), timetable.reasons(name)
        assert f"{name}: its task was not sent: " in beat.log
    assert "too often is not scheduled: it is due every 5e-05 s" in beat.log
    assert "too rare is not scheduled: its schedule cannot be read" in beat.log
    assert "Traceback" not in beat.log


def test_an_entry_that_is_over_is_disabled(timetable: Timetable) -> None:
    timetable.leader()
    now, each = timetable.now(), timetable.interval(1)
    timetable.entry("once", interval_id=each, one_off=True)
    timetable.entry("soon", clocked_id=timetable.clocked(now + 2 * SECOND), one_off=True)
    # Just past when it was made, and yet it runs.
    timetable.entry("past", clocked_id=timetable.clocked(now - SECOND), one_off=True)
    timetable.entry("expires", interval_id=each, expires=now + 4 * SECOND)
    timetable.entry("later", interval_id=each, start_time=now + 3 * SECOND)
    for name in ("once", "soon", "past", "expires"):
        wait_for(lambda name=name: not timetable.field_of(name, "enabled"), f"{name} is disabled")
    assert timetable.ticks("soon") == [now + 2 * SECOND]
    assert [len(timetable.ticks(name)) for name in ("once", "past")] == [1, 1]
    assert max(timetable.ticks("expires")) < now + 4 * SECOND
    assert timetable.wait_for_ticks("later", 1)[0] == now + 3 * SECOND
    # A tick is written once, though somebody enables the entry again.
    timetable.change("past", enabled=True)
    wait_for(lambda: not timetable.field_of("past", "enabled"), "it is over again")
    assert timetable.sent("past") == 1


def test_an_entry_that_is_being_changed_waits_alone(timetable: Timetable) -> None:
    each = timetable.interval(1)
    timetable.entry("changed", interval_id=each)
    timetable.entry("other", interval_id=each)
    beat = timetable.leader()
    timetable.wait_for_ticks("changed", 1)
    with timetable.database.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            "SELECT FROM django_celery_beat_periodictask WHERE name = 'changed' FOR UPDATE"
        )
        before = timetable.ticks("changed")
        timetable.wait_for_ticks("other", 3)
        assert timetable.ticks("changed") == before
    assert "not ticked" not in beat.log, "it never waited for the row"
    timetable.wait_for_ticks("changed", 3)
    assert contiguous(timetable.ticks("changed"), SECOND)


def test_old_ticks_are_removed(timetable: Timetable) -> None:
    timetable.run(
        "INSERT INTO celeriac_tick (entry, entry_name, due, task_id, outcome, reason) SELECT 0,"
        " 'old', now() - make_interval(days => 8, secs => n), gen_random_uuid(), 'sent', ''"
        " FROM generate_series(1, 2500) n"
    )
    recent = timetable.now() - timedelta(days=6)
    timetable.run(
        "INSERT INTO celeriac_tick (entry, entry_name, due, task_id, outcome, reason)"
        " VALUES (0, 'recent', %s, gen_random_uuid(), 'sent', '')",
        recent,
    )
    timetable.leader()
    wait_for(lambda: not timetable.ticks("old"), "they are gone")
    assert timetable.ticks("recent") == [recent]


def test_direct_publishing_is_refused(timetable: Timetable) -> None:
    kept = timetable.document.read_text()
    document = json.loads(kept)
    document["publishing"]["processes"]["beat"] = "direct"
    timetable.document.write_text(json.dumps(document))
    try:
        beat = timetable.beat()
        assert beat.wait() == 78
    finally:
        timetable.document.write_text(kept)
    assert "Write `via: outbox` under beat in celeriac.yml" in beat.log.splitlines()[-1]
    assert "Traceback" not in beat.log
