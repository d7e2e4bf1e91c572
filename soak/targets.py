"""What a fault may hit, and how a unit's processes are hit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from soak.place import Place

T = TypeVar("T")


def chosen(among: Sequence[T], draw: float) -> T:
    """Choose one by a number in [0, 1); RuntimeError where there is none."""
    if not among:
        raise RuntimeError("there is nothing to hit")
    return among[int(draw * len(among))]


def beat_leader(place: Place) -> str:
    """Return the host whose beat holds the advisory lock of those that lead."""
    rows = place.sql(
        "SELECT DISTINCT host(client_addr) FROM pg_stat_activity JOIN pg_locks USING (pid)"
        " WHERE locktype = 'advisory' AND granted AND usename = 'ledger-beat'"
    )
    addresses = {str(place.lab.host(host).address): host for host in place.beats}
    for (address,) in rows:
        if address in addresses:
            return addresses[address]
    raise RuntimeError("no beat leads")


def worker(place: Place, draw: float) -> tuple[str, str]:
    """Choose a host and a worker's unit on it."""
    units = [
        (host, unit)
        for host in place.workers
        for unit in place.running(host, place.workers_on(host))
    ]
    return chosen(units, draw)


def children(place: Place, host: str, unit: str) -> list[int]:
    """Return the processes that a unit's main process has started."""
    main = place.systemctl(host, "show", "--property=MainPID", "--value", unit).strip()
    search = rf"grep --files-with-matches --line-regexp 'PPid:\s*{main}' /proc/[0-9]*/status"
    files = place.run(host, "sh", "-c", f"{search} 2>/dev/null || true").split()
    return sorted(int(file.split("/")[2]) for file in files)


def kill(place: Place, host: str, unit: str, whom: str = "main") -> None:
    """Kill a unit's main process, or `all` of them, with SIGKILL."""
    place.systemctl(host, "kill", f"--kill-whom={whom}", "--signal=KILL", unit)


@contextmanager
def frozen(place: Place, host: str, unit: str) -> Iterator[None]:
    """Stop a unit's processes with SIGSTOP: they keep their connections and say nothing."""
    place.systemctl(host, "kill", "--kill-whom=all", "--signal=STOP", unit)
    try:
        yield
    finally:
        place.systemctl(host, "kill", "--kill-whom=all", "--signal=CONT", unit)
