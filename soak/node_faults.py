"""Faults that take a node, a network or the database away; undone when the block ends.

Each chooses its target among those there are at that moment, by `draw` in [0, 1), and gives its
name to the block.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from deploy.lab import faults
from soak import broker
from soak.place import BROKER, DATABASE, Place
from soak.targets import beat_leader, chosen, frozen, kill


@contextmanager
def leader_killed(place: Place, draw: float) -> Iterator[str]:
    host = broker.leader(place, place.led)
    kill(place, host, BROKER, "all")
    yield host


@contextmanager
def follower_killed(place: Place, draw: float) -> Iterator[str]:
    leads = broker.leader(place, place.led)
    host = chosen([host for host in place.brokers if host != leads], draw)
    kill(place, host, BROKER, "all")
    yield host


@contextmanager
def broker_stopped(place: Place, draw: float) -> Iterator[str]:
    host = chosen(place.brokers, draw)
    try:
        place.systemctl(host, "stop", BROKER)
        yield host
    finally:
        place.systemctl(host, "start", "--no-block", BROKER)


@contextmanager
def broker_frozen(place: Place, draw: float) -> Iterator[str]:
    host = chosen(place.brokers, draw)
    with frozen(place, host, BROKER):
        yield host


@contextmanager
def broker_without_power(place: Place, draw: float) -> Iterator[str]:
    host = chosen(place.brokers, draw)
    with faults.killed(place.lab, host):
        yield host


@contextmanager
def broker_cut_off(place: Place, draw: float) -> Iterator[str]:
    """Every second time it is the leader."""
    host = broker.leader(place, place.led) if draw < 0.5 else chosen(place.brokers, 2 * draw - 1)
    with faults.cut_off(place.lab, host):
        yield host


@contextmanager
def two_brokers_apart(place: Place, draw: float) -> Iterator[str]:
    """The third one sees both."""
    third = chosen(place.brokers, draw)
    one, other = (host for host in place.brokers if host != third)
    with faults.apart(place.lab, [one], [other]):
        yield f"{one}, {other}"


@contextmanager
def memory_alarm(place: Place, draw: float) -> Iterator[str]:
    host = chosen(place.brokers, draw)
    with broker.memory_alarm(place, host):
        yield host


@contextmanager
def all_brokers_down(place: Place, draw: float) -> Iterator[str]:
    with faults.killed(place.lab, *place.brokers):
        yield ", ".join(place.brokers)


@contextmanager
def worker_apart(place: Place, draw: float) -> Iterator[str]:
    host = chosen(place.workers, draw)
    with faults.apart(place.lab, [host], place.brokers):
        yield host


@contextmanager
def relay_apart(place: Place, draw: float) -> Iterator[str]:
    host = chosen(place.relays, draw)
    with faults.apart(place.lab, [host], place.brokers):
        yield host


@contextmanager
def beat_apart(place: Place, draw: float) -> Iterator[str]:
    host = beat_leader(place)
    with faults.apart(place.lab, [host], [place.database]):
        yield host


@contextmanager
def database_restarted(place: Place, draw: float) -> Iterator[str]:
    place.systemctl(place.database, "restart", DATABASE)
    yield place.database


@contextmanager
def database_stopped(place: Place, draw: float) -> Iterator[str]:
    try:
        place.systemctl(place.database, "stop", DATABASE)
        yield place.database
    finally:
        place.systemctl(place.database, "start", DATABASE)


@contextmanager
def database_frozen(place: Place, draw: float) -> Iterator[str]:
    with frozen(place, place.database, DATABASE):
        yield place.database


FAULTS = {
    "broker leader killed": leader_killed,
    "broker follower killed": follower_killed,
    "broker stopped": broker_stopped,
    "broker frozen": broker_frozen,
    "broker without power": broker_without_power,
    "broker cut off": broker_cut_off,
    "two brokers apart": two_brokers_apart,
    "memory alarm": memory_alarm,
    "all brokers down": all_brokers_down,
    "worker and brokers apart": worker_apart,
    "relay and brokers apart": relay_apart,
    "beat leader and database apart": beat_apart,
    "database restarted": database_restarted,
    "database stopped": database_stopped,
    "database frozen": database_frozen,
}
