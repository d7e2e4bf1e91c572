"""The logs of a fleet: the journals of its hosts, merged."""

from __future__ import annotations

import heapq
import json
import queue
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from celeriac.fleet import streams
from celeriac.fleet.ask import script
from celeriac.fleet.loading import Fleet
from celeriac.fleet.streams import End, Stream

# Told of a host that cannot be read (any more), and why.
Report = Callable[[str, str], None]
# Seconds that a line which comes waits for older ones of other hosts.
TOGETHER = 0.3
KINDS = ("web", "beat", "relay", "workers")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# What would move a terminal's cursor, or worse.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, order=True)
class Line:
    """One entry of a journal; ``time`` in microseconds of the epoch, ``priority`` as syslog's."""

    time: int
    host: str
    unit: str
    priority: int
    message: str

    def as_dict(self) -> dict[str, Any]:
        name, _, release = self.unit.partition("@")
        return {
            "time": _iso(self.time, "T", "microseconds") + "Z",
            "host": self.host,
            "unit": name,
            "release": release,
            "priority": self.priority,
            "message": self.message,
        }

    @property
    def head(self) -> str:
        """Return what stands before each line of the message."""
        return f"{_iso(self.time, ' ', 'milliseconds')} {self.host} {self.unit}"

    @property
    def body(self) -> list[str]:
        """Return the message's lines without what a terminal would obey."""
        return [
            _CONTROL.sub("\N{REPLACEMENT CHARACTER}", line) for line in self.message.split("\n")
        ]


def moment(text: str, now: float) -> float:
    """Return the time that a person means, in seconds of the epoch.

    Either an age (`90s`, `10m`, `2h`, `3d`) or a date with or without a time, in UTC unless it
    says otherwise. What is before the epoch is the epoch: journalctl knows no earlier time. Raises
    ValueError.
    """
    if match := re.fullmatch(r"(\d+)([smhd])", text.strip()):
        return max(0.0, now - int(match[1]) * _SECONDS[match[2]])
    found = datetime.fromisoformat(text.strip())
    return max(0.0, (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def units(application: str, pools: Sequence[str], kinds: Sequence[str]) -> str:
    """Return the regular expression of the units' names, for the pools and kinds of process."""
    names = [rf"{kind}-{application}" for kind in kinds if kind != "workers"]
    if "workers" in kinds and pools:
        names.append(rf"celery-{application}-({'|'.join(map(re.escape, pools))})-\d+")
    return rf"({'|'.join(names)})@.*"


def asked(fleet: Fleet, hosts: Sequence[str], question: Mapping[str, Any]) -> streams.Asked:
    """Return what each host is asked: `celeriac.fleet.journal` says what a question holds."""
    own = {"slice": f"celeriac-{fleet.application}.slice", **question}
    command, text = script("journal", own)
    return {host: (fleet.reach(host, command), text) for host in hosts}


def merged(asked: streams.Asked, report: Report, lines: int | None) -> Iterator[Line]:
    """Yield the hosts' lines by time: all, or the last ones. Memory holds a part of each alone."""
    with streams.running(asked) as (opened, _):
        found = heapq.merge(*(_parsed(stream, report, set()) for stream in opened.values()))
        yield from found if lines is None else deque(found, maxlen=lines)


def followed(asked: streams.Asked, report: Report) -> Iterator[Line]:
    """Yield what is there of the hosts' lines by time, then what comes, until no host is left.

    A line that comes waits for `TOGETHER` seconds for older ones of other hosts.
    """
    left: set[str] = set()
    with streams.running(asked) as (opened, coming):
        yield from heapq.merge(*(_parsed(stream, report, left) for stream in opened.values()))
        held = Held(TOGETHER)
        while left or held:
            try:
                host, said = coming.get(timeout=held.wait(time.monotonic()))
            except queue.Empty:
                pass
            else:
                if isinstance(said, End):
                    if host in left:
                        left.discard(host)
                        report(host, said.reason or "its journal has ended")
                elif line := _line(host, said):
                    held.add(line, time.monotonic())
            yield from held.due(time.monotonic())


class Held:
    """Lines that came and wait ``seconds`` for older ones, so that they go on by time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        # By time; and when each is due, in the order of arrival, which may be another one.
        self._lines: list[tuple[Line, int]] = []
        self._arrived: deque[tuple[float, int]] = deque()
        self._gone: set[int] = set()
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(self, line: Line, now: float) -> None:
        self._count += 1
        heapq.heappush(self._lines, (line, self._count))
        self._arrived.append((now + self._seconds, self._count))

    def wait(self, now: float) -> float | None:
        """Return the seconds until something is due; None if nothing is held."""
        return max(0.0, self._arrived[0][0] - now) if self._arrived else None

    def due(self, now: float) -> Iterator[Line]:
        """Yield each line that is due, after all older ones: none waits longer than its time."""
        while self._arrived and self._arrived[0][0] <= now:
            _, number = self._arrived.popleft()
            while number not in self._gone:
                line, out = heapq.heappop(self._lines)
                self._gone.add(out)
                yield line
            self._gone.discard(number)


def _parsed(stream: Stream, report: Report, left: set[str]) -> Iterator[Line]:
    """Yield what was there of a host's lines; one of which more may come is added to ``left``."""
    for said in streams.lines_of(stream):
        if isinstance(said, End):
            if said.followed:
                left.add(stream.host)
            elif said.reason:
                report(stream.host, said.reason)
        elif line := _line(stream.host, said):
            yield line


def _line(host: str, text: str) -> Line | None:
    """Read one line; None for a sign of life, and for what a login script prints."""
    try:
        moment, unit, priority, message = json.loads(text)
    except (ValueError, TypeError):
        return None
    return Line(moment, host, unit, priority, message)


def _iso(microseconds: int, separator: str, precision: str) -> str:
    whole, part = divmod(microseconds, 1_000_000)
    found = datetime.fromtimestamp(whole, UTC).replace(microsecond=part, tzinfo=None)
    return found.isoformat(separator, precision)
