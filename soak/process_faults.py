"""Faults that hit one process of the application, in the manner of `soak.node_faults`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from soak.place import BEAT, RELAY, Place
from soak.targets import beat_leader, children, chosen, frozen, kill, worker


@contextmanager
def worker_killed(place: Place, draw: float) -> Iterator[str]:
    host, unit = worker(place, draw)
    kill(place, host, unit)
    yield _shown(host, unit)


@contextmanager
def child_killed(place: Place, draw: float) -> Iterator[str]:
    host, unit = worker(place, draw)
    if found := children(place, host, unit):
        # It may have ended by now.
        place.run(host, "sh", "-c", f"kill -KILL {chosen(found, draw)} || true")
    yield _shown(host, unit)


@contextmanager
def worker_frozen(place: Place, draw: float) -> Iterator[str]:
    host, unit = worker(place, draw)
    with frozen(place, host, unit):
        yield _shown(host, unit)


@contextmanager
def relay_killed(place: Place, draw: float) -> Iterator[str]:
    host = chosen(place.relays, draw)
    kill(place, host, RELAY)
    yield host


@contextmanager
def relay_frozen(place: Place, draw: float) -> Iterator[str]:
    host = chosen(place.relays, draw)
    with frozen(place, host, RELAY):
        yield host


@contextmanager
def beat_leader_killed(place: Place, draw: float) -> Iterator[str]:
    host = beat_leader(place)
    kill(place, host, BEAT)
    yield host


@contextmanager
def beat_leader_frozen(place: Place, draw: float) -> Iterator[str]:
    host = beat_leader(place)
    with frozen(place, host, BEAT):
        yield host


def _shown(host: str, unit: str) -> str:
    return f"{host}, {unit.partition('@')[0]}"


FAULTS = {
    "worker killed": worker_killed,
    "worker's child killed": child_killed,
    "worker frozen": worker_frozen,
    "relay killed": relay_killed,
    "relay frozen": relay_frozen,
    "beat leader killed": beat_leader_killed,
    "beat leader frozen": beat_leader_frozen,
}
