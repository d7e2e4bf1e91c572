"""From which row on a claim looks.

Rows that were sent stay in table and index, dead, until no open snapshot can see them: for the
length of a backup, or of a report that runs for hours. A claim that begins at the first row
would step over all of them, ten times a second.
"""

import time
from collections import deque

# Seconds between taking an id and its commit after which a row is found by the next look at the
# whole table only.
GRACE_SECONDS = 2.0
# Between two looks at the whole table; longer when they take long, so that they use 2 % of the time.
SWEEP_SECONDS = 1.0
SWEEP_SHARE = 0.02
_STEP_SECONDS = 0.25


class Floor:
    """Ids at or below `value` need no look, but for a sweep now and then.

    Ids are taken in order and committed in any: a claim has seen the highest before it can see
    some lower ones. So the floor follows what claims have seen `GRACE_SECONDS` behind.
    """

    def __init__(self) -> None:
        self.value = 0
        self._reached = 0
        self._steps: deque[tuple[float, int]] = deque()
        self._next_sweep = 0.0

    def start(self) -> int:
        """Return the id above which to claim now; 0 when the whole table is due."""
        now = time.monotonic()
        while self._steps and self._steps[0][0] <= now - GRACE_SECONDS:
            self.value = self._steps.popleft()[1]
        return 0 if self.sweep_due else self.value

    @property
    def sweep_due(self) -> bool:
        return time.monotonic() >= self._next_sweep

    def swept(self, seconds: float) -> None:
        """A look at the whole table is done, and took so long."""
        self._next_sweep = time.monotonic() + max(SWEEP_SECONDS, seconds / SWEEP_SHARE)

    def claimed(self, seen: int) -> None:
        """A claim has taken all that it could see with ids up to `seen`."""
        if seen < self._reached:
            # Rows that were given back, or a sequence that was set back.
            self.back(seen)
        self._reached = seen
        now = time.monotonic()
        if not self._steps or self._steps[-1][0] <= now - _STEP_SECONDS:
            self._steps.append((now, seen))

    def back(self, to: int) -> None:
        """Rows above this id were left behind: look at them again."""
        self.value = min(self.value, to)
        self._reached = to
        self._steps.clear()
