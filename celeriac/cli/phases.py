"""What a playbook's phases come to, as lines of text: the callback of the playbooks shows them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# Host names are padded to so many columns at least, so that short ones stand below each other.
NARROWEST = 12


@dataclass
class Tally:
    """What one host did; ``seconds`` are those of its tasks, one after the other.

    One that is ``silent`` did not answer, and its play went on without it.
    """

    seconds: float = 0.0
    changed: int = 0
    failed: bool = False
    silent: bool = False

    def add(self, more: Tally) -> None:
        self.seconds += more.seconds
        self.changed += more.changed
        self.failed = self.failed or more.failed
        self.silent = self.silent or more.silent

    @property
    def outcome(self) -> str:
        if self.failed:
            return "failed"
        if self.silent:
            return "no answer"
        return f"{self.changed} changed" if self.changed else "no change"


class Tallies(defaultdict[str, Tally]):
    """Host to what it did."""

    def __init__(self) -> None:
        super().__init__(Tally)

    def add(self, more: Mapping[str, Tally]) -> None:
        for host, tally in more.items():
            self[host].add(tally)


@dataclass
class Phase:
    """A play and the hosts that take part; the batches of a serial play are one phase.

    ``now`` are the hosts of the batch that runs, ``before`` those of earlier ones.
    """

    name: str
    since: float = field(default_factory=time.monotonic)
    now: Tallies = field(default_factory=Tallies)
    before: Tallies = field(default_factory=Tallies)
    announced: bool = False

    def end_batch(self) -> Tallies:
        """Return the hosts of the batch, which is over."""
        ended, self.now = self.now, Tallies()
        self.before.add(ended)
        return ended

    def summary(self, seconds: float) -> str:
        """Return the phase as one line, once its last batch has ended."""
        return f"{self.name}: {counts(self.before.values())}, {seconds:.1f} s"


def width(hosts: Iterable[str]) -> int:
    """Return the columns that hosts' names get."""
    return max((NARROWEST, *map(len, hosts)))


def host_line(host: str, tally: Tally, columns: int) -> str:
    return f"  {host:<{columns}} {tally.outcome:<12} {tally.seconds:6.1f} s"


def counts(tallies: Iterable[Tally]) -> str:
    """Return how many hosts there are, and how many of them changed, failed or did not answer."""
    all_of_them = list(tallies)
    number = f"{len(all_of_them)} host{'' if len(all_of_them) == 1 else 's'}"
    found = {
        "changed": sum(bool(tally.changed) for tally in all_of_them),
        "failed": sum(tally.failed for tally in all_of_them),
        "without an answer": sum(tally.silent and not tally.failed for tally in all_of_them),
    }
    parts = [f"{count} {what}" for what, count in found.items() if count]
    return f"{number}, {', '.join(parts) or 'no change'}"
