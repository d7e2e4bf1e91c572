"""How long to leave alone what has failed."""

import random
import time


class Backoff:
    """Waits of 0.1 s, doubled up to 5 s, each shortened by chance so that relays do not march in step."""

    FIRST_SECONDS = 0.1
    LONGEST_SECONDS = 5.0

    def __init__(self) -> None:
        self._failures = 0
        self._until = 0.0

    @property
    def over(self) -> bool:
        """Whether it may be tried again; true before the first failure."""
        return time.monotonic() >= self._until

    def failed(self) -> None:
        longest = min(self.FIRST_SECONDS * 2**self._failures, self.LONGEST_SECONDS)
        self._until = time.monotonic() + longest * random.uniform(0.5, 1)  # noqa: S311
        if longest < self.LONGEST_SECONDS:
            self._failures += 1

    def succeeded(self) -> None:
        self._failures = 0
        self._until = 0.0
