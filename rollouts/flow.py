"""The stream of requests: most read, some accept quick tasks, a few accept tasks that take long."""

from __future__ import annotations

import time
from collections.abc import Iterator

from soak.load import Due

# Twenty reads and five requests with tasks, and so on.
READ = "/newest"
TASKS = ("/work", "/chain", "/work", "/retry?failures=1", "/work")
READS_EACH = 4  # reads before each of them
LONGEST, SHORTEST = 30.0, 1.0  # seconds that a held task may take, and where none may take long
FILL = 0.75  # of the pool's slots that held tasks take on average
MOST = 1.0  # of them a second
# Multiples of it, modulo 1, spread evenly: any few in a row are short, middling and long ones.
_GOLDEN = 0.6180339887498949


class Flow:
    """Requests without end, `rate` a second and the held ones beside them.

    `longest` may change at any time: held tasks take from 0 to so many seconds. They come as fast
    as `slots` can carry them, so that none waits for long.
    """

    def __init__(self, rate: float, slots: int) -> None:
        self.longest = LONGEST
        self._rate, self._slots = rate, slots
        self._stream = self._merged()

    def __iter__(self) -> Iterator[Due]:
        return self

    def __next__(self) -> Due:
        return next(self._stream)

    def _merged(self) -> Iterator[Due]:
        since = time.monotonic()
        number, held, held_at = 0, 0, since
        while True:
            at = since + number / self._rate
            if held_at <= at:
                yield Due(held_at, f"/hold?milliseconds={milliseconds(held, self.longest)}")
                held, held_at = held + 1, held_at + every(self.longest, self._slots)
                continue
            yield steady(number, at)
            number += 1


def steady(number: int, at: float) -> Due:
    """Return a request of the steady stream by its number."""
    group, place = divmod(number, READS_EACH + 1)
    if place < READS_EACH:
        return Due(at, READ, "GET")
    return Due(at, TASKS[group % len(TASKS)])


def milliseconds(number: int, longest: float) -> int:
    """Return how long a held task takes, by its number."""
    return round(1000 * longest * ((1 + number) * _GOLDEN % 1))


def every(longest: float, slots: int) -> float:
    """Return the seconds from one held task to the next."""
    return max(longest / 2 / (slots * FILL), 1 / MOST)
