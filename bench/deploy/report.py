"""What was measured, as a table for people, as JSON for programs and as a plot."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench.deploy import plot
from bench.deploy.ours import Taken

# What the requirements say of seven hosts.
CODE_ONLY_LIMIT = 40.0  # seconds


@dataclass
class Round:
    """The figures of one size; lists are in the order they were measured, by turns."""

    hosts: int
    first: Taken
    operations: dict[str, dict[str, int]]
    slowest: list[dict[str, Any]]
    idle: list[Taken] = field(default_factory=list)
    pyinfra: list[Taken] = field(default_factory=list)
    release: list[Taken] = field(default_factory=list)
    full: list[Taken] = field(default_factory=list)

    @property
    def counted(self) -> int:
        return sum(sum(kinds.values()) for kinds in self.operations.values())

    def verdicts(self) -> dict[str, bool]:
        """Return whether each requirement holds; those of seven hosts are asked of seven alone."""
        if self.hosts != 7:
            return {}
        ours, theirs = median(self.idle), median(self.pyinfra)
        released = median(self.release)
        return {
            f"nothing to change on 7 hosts: {ours:.1f} s, pyinfra {theirs:.1f} s": ours <= theirs,
            f"code-only release to 7 hosts: {released:.1f} s, limit {CODE_ONLY_LIMIT:.0f} s": (
                released < CODE_ONLY_LIMIT
            ),
        }


def median(taken: Iterable[Taken], of: str = "seconds") -> float:
    found: float = statistics.median(getattr(each, of) for each in taken)
    return found


def table(rounds: Sequence[Round]) -> str:
    lines = [
        f"{'':7}{'operations':>12}{'first':>10}{'nothing to change':>22}{'pyinfra':>18}{'--full':>18}{'code only':>18}",
        f"{'hosts':7}{'all hosts':>12}{'s':>10}{'s':>14}{'CPU s':>8}"
        + f"{'s':>10}{'CPU s':>8}" * 3,
    ]
    for each in rounds:
        columns = [f"{each.hosts:<7}{each.counted:12}{each.first.seconds:10.1f}"]
        for number, taken in enumerate((each.idle, each.pyinfra, each.full, each.release)):
            width = 14 if number == 0 else 10
            columns.append(f"{median(taken):{width}.1f}{median(taken, 'cpu'):8.1f}")
        lines.append("".join(columns))
    return "\n".join(lines)


def profile(each: Round) -> str:
    lines = [
        f"\nSlowest tasks of --full with nothing to change on {each.hosts} hosts (s, ran, skipped)"
    ]
    lines += [
        f"  {task['seconds']:6.2f}{task['ran']:5}{task['skipped']:5}  {task['task']}"
        for task in each.slowest
    ]
    return "\n".join(lines)


def plotted(rounds: Sequence[Round]) -> str:
    series = {
        "nothing to change": [(each.hosts, median(each.idle)) for each in rounds],
        "pyinfra, as many operations": [(each.hosts, median(each.pyinfra)) for each in rounds],
        "nothing to change, --full": [(each.hosts, median(each.full)) for each in rounds],
        "code-only release": [(each.hosts, median(each.release)) for each in rounds],
    }
    return plot.svg("Deploys of the reference application", series)


def write(folder: Path, rounds: Sequence[Round]) -> list[Path]:
    """Write table, JSON and plot; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    measured = [{**asdict(each), "verdicts": each.verdicts()} for each in rounds]
    texts = {
        "deploy.txt": "\n".join([table(rounds), *(profile(each) for each in rounds), ""]),
        "deploy.json": json.dumps(measured, indent=1) + "\n",
        "deploy.svg": plotted(rounds),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    return [folder / name for name in texts]
