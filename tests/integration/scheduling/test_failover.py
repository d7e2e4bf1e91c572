"""Two beats: one leads, and no tick is lost or doubled when it does not any more."""

import signal
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from testcontainers.community.postgres import PostgresContainer

from celeriac.scheduling.limits import LEADER_ENDS, SERVER_LETS_GO
from tests.integration.scheduling.timetable import LOST, Timetable, contiguous, leads
from tests.integration.systemd import Unit
from tests.integration.waiting import wait_for
from tests.integration.way import Way

SECOND = timedelta(seconds=1)
# On a machine as busy as the tests make it.
MARGIN = 1.5


@pytest.fixture
def ticking(timetable: Timetable) -> Iterator[Timetable]:
    """One tick a second; at the end, each was written and sent once."""
    timetable.entry("often", interval_id=timetable.interval(1))
    yield timetable
    timetable.wait_for_ticks("often", 1)
    due = timetable.ticks("often")
    assert contiguous(due, SECOND), due
    assert timetable.sent("often") == len(timetable.ticks("often"))
    tasks = "SELECT count(*) - count(DISTINCT task_id) FROM celeriac_outbox"
    assert timetable.database.rows(tasks) == [(0,)]


def takes_over(standby: Unit) -> float:
    """Wait until it leads; return the seconds that took."""
    since = time.monotonic()
    wait_for(lambda: leads(standby), "the standby leads")
    return time.monotonic() - since


def kill(leader: Unit, timetable: Timetable, way: Way) -> None:
    leader.process.kill()


def stop(leader: Unit, timetable: Timetable, way: Way) -> None:
    assert leader.stop() < 2


def end_its_session(leader: Unit, timetable: Timetable, way: Way) -> None:
    timetable.run(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    )
    assert leader.wait(3) == LOST
    assert "Traceback" not in leader.log
    assert "beat ends, so that another may lead: " in leader.log


def cut_its_way(leader: Unit, timetable: Timetable, way: Way) -> None:
    way.close()
    assert leader.wait(3) == LOST


def test_one_leader_after_the_other_ends(ticking: Timetable, way: Way) -> None:
    leader = ticking.leader()
    ends = {kill: None, stop: None, end_its_session: way.port, cut_its_way: None}
    for end, next_port in ends.items():
        standby = ticking.standby(next_port)
        end(leader, ticking, way)
        assert takes_over(standby) < 2, end.__name__
        leader = standby


def test_the_leader_has_another_session(timetable: Timetable) -> None:
    """Code of the application has closed its connection, and the lock went with it."""
    each = timetable.interval(1)
    timetable.entry("careless", interval_id=each, task="timetable.tasks.careless")
    leader = timetable.beat()
    assert leader.wait() == LOST
    transactions = "SELECT count(DISTINCT xmin::text) FROM celeriac_tick"
    assert timetable.database.rows(transactions) == [(1,)]
    assert "its database session has ended" in leader.log


def test_the_leaders_way_to_the_database_swallows_all(ticking: Timetable, way: Way) -> None:
    """Its packets are even acknowledged. It ends before the server gives the lead to another."""
    leader, standby = ticking.leader(way.port), ticking.standby()
    ticking.wait_for_ticks("often", 1)
    way.stall()
    since = time.monotonic()
    assert leader.wait() == -signal.SIGALRM
    assert time.monotonic() - since < LEADER_ENDS + MARGIN
    assert not leads(standby)
    takes_over(standby)
    assert time.monotonic() - since < SERVER_LETS_GO + MARGIN
    # Where it hung stands in its log.
    assert "celeriac/scheduling/lead.py" in leader.log


def test_the_leader_is_frozen(ticking: Timetable) -> None:
    leader, standby = ticking.leader(), ticking.standby()
    ticking.wait_for_ticks("often", 1)
    leader.process.send_signal(signal.SIGSTOP)
    signs_of_life = leader.notifications.count("WATCHDOG=1")
    assert signs_of_life >= 2, "systemd's watchdog is fed"
    assert takes_over(standby) < SERVER_LETS_GO + MARGIN
    ticking.wait_for_ticks("often", 1)
    assert leader.notifications.count("WATCHDOG=1") == signs_of_life, "systemd would kill it"
    leader.process.send_signal(signal.SIGCONT)
    # Before it runs another line.
    assert leader.wait(1) == -signal.SIGALRM


def test_the_database_restarts(ticking: Timetable, server: PostgresContainer) -> None:
    leader, standby = ticking.leader(), ticking.standby()
    ticking.wait_for_ticks("often", 1)
    container = server.get_wrapped_container()
    container.kill("SIGINT")
    container.wait()
    assert leader.wait(3) == LOST
    wait_for(lambda: standby.status.startswith("waiting for the database: "), "it waits")
    # As systemd does: it comes back while the database is away.
    restarted = ticking.beat()
    wait_for(lambda: restarted.status.startswith("waiting for the database: "), "it waits")
    assert not restarted.ready
    container.start()
    wait_for(lambda: leads(standby) or leads(restarted), "one leads")
    restarted.wait_ready()
