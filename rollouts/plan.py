"""Which commands run one after the other, and what each has to lead to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rollouts.flow import LONGEST, SHORTEST

# Which release is in force afterwards: the new one, the one of before, or the one before that.
After = Literal["new", "same", "previous"]
KILLED = -9  # as Python counts the end by SIGKILL
REFUSED, FAILED = 1, 3
WORKERS, WEB_SERVERS = "Run the workers", "Run the web servers"  # phases


@dataclass(frozen=True)
class Act:
    """One command of the command line while the load goes on.

    Attributes:
        name: For people.
        words: The command.
        copy: Name of the copy of the ledger that it is about.
        breaks: What is broken in that copy.
        longest: Seconds that held tasks take at most meanwhile.
        code: How it has to end.
        says: What it has to say.
        killed_in: Phase in which its process is killed, when the second host's turn has come.
        after: Which release is in force then.
        mixed: Web hosts may answer with either release then.

    """

    name: str
    words: tuple[str, ...]
    copy: str
    breaks: str | None = None
    longest: float = LONGEST
    code: int = 0
    says: str = ""
    killed_in: str = ""
    after: After = "new"
    mixed: bool = False

    @property
    def bad(self) -> bool:
        """Whether it leaves two releases, or what it began: the next command puts that right."""
        return self.code != 0 or self.mixed

    @property
    def counts(self) -> bool:
        """Whether it is one of the deploys whose lengths are compared."""
        return self.name.startswith("deploy ")


# What a deploy says of a release that is broken so.
_SAYS = {
    "health": "Taken back on this host: web-ledger@",
    "canary": "did not prove that it works and was stopped",
    "migration": "this migration fails on purpose",
}
DEPLOY, ROLLBACK, RESUME = ("deploy",), ("rollback",), ("deploy", "--resume")
BAD = ("health", "canary", "migration", "killed-workers", "killed-web", "unknown-task")


def plan(deploys: int, bad: Sequence[str], web: str) -> list[Act]:
    """Return the commands: good deploys and a rollback, then each bad release with what follows it.

    Every other deploy finds short tasks alone. `web` is the one host that gets the release with
    the unknown task first.
    """
    return [*good(deploys), *(act for name in BAD if name in bad for act in _bad(name, web))]


def good(deploys: int) -> Iterator[Act]:
    for number in range(1, deploys + 1):
        name = f"deploy {number}"
        yield Act(name, DEPLOY, name, longest=LONGEST if number % 2 else SHORTEST)
    yield Act("rollback", ROLLBACK, f"deploy {deploys}", after="previous")


def _bad(name: str, web: str) -> tuple[Act, ...]:
    match name:
        case "health":
            return _failed(name), Act(f"{name}, rollback", ROLLBACK, name, name, after="same")
        case "killed-workers":
            return _killed(name, WORKERS), Act(f"{name}, resume", RESUME, name)
        case "killed-web":
            bad = _killed(name, WEB_SERVERS, mixed=True)
            return bad, Act(f"{name}, rollback", ROLLBACK, name, after="same")
        case "unknown-task":
            return _unknown(name, web)
        case _:
            return _failed(name), Act(f"{name}, corrected", DEPLOY, f"{name} corrected")


def _failed(name: str) -> Act:
    return Act(name, DEPLOY, name, name, code=FAILED, says=_SAYS[name], after="same")


def _killed(name: str, phase: str, mixed: bool = False) -> Act:
    return Act(name, DEPLOY, name, code=KILLED, killed_in=phase, after="same", mixed=mixed)


def _unknown(name: str, web: str) -> tuple[Act, Act, Act]:
    """Refused at first; a person who lets the tasks wait says so, and releases the workers then."""
    words = (*DEPLOY, "--hosts", web)
    refused = Act(name, words, name, "novel", code=REFUSED, says="do not know it", after="same")
    forced = Act(
        f"{name}, forced",
        (*words, "--force", "they wait for the workers"),
        name,
        "novel",
        says="the fleet is mixed",
        after="same",
        mixed=True,
    )
    return refused, forced, Act(f"{name}, resume", RESUME, name, "novel")
