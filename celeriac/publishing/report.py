"""What became of messages that were handed to the broker, one by one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Fate(Enum):
    """Exactly one for each message. Only the first two are a promise that the task will run."""

    CONFIRMED = "confirmed"
    """The broker has it in its queue."""
    STORED = "stored"
    """It is in the outbox, and is sent when the open transaction has committed."""
    RETURNED = "returned"
    """No queue takes its routing key. It is nowhere."""
    INVALID = "invalid"
    """Too large, or not a message the broker can take. It is nowhere."""
    FORBIDDEN = "forbidden"
    """The broker knows no such exchange, or this user may not send there. It is nowhere."""
    REFUSED = "refused"
    """The broker did not take it now: a full queue, or one without a leader. It is nowhere."""
    UNKNOWN = "unknown"
    """Sent, and not answered: it may be in its queue or nowhere. Sent again, it may run twice."""
    UNSENT = "unsent"
    """Not sent. It is nowhere."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A message's fate, and the broker's words or what else led to it."""

    fate: Fate
    reason: str = ""


class IncompletePublishError(Exception):
    """Some messages were neither confirmed nor stored; `report` says which."""

    def __init__(self, report: "Report") -> None:
        super().__init__(str(report))
        self.report = report


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of each message, in the order in which they were given."""

    task_ids: Sequence[str]
    outcomes: Sequence[Outcome]

    @property
    def complete(self) -> bool:
        """Whether every task will run."""
        return all(outcome.fate in (Fate.CONFIRMED, Fate.STORED) for outcome in self.outcomes)

    def of(self, *fates: Fate) -> list[str]:
        """Return the ids of the tasks whose messages have one of these fates."""
        pairs = zip(self.task_ids, self.outcomes, strict=True)
        return [task_id for task_id, outcome in pairs if outcome.fate in fates]

    def raise_if_incomplete(self) -> None:
        """Raise IncompletePublishError unless every task will run."""
        if not self.complete:
            raise IncompletePublishError(self)

    def __str__(self) -> str:
        """`990 confirmed, 10 unknown (no answer within 5 s)`."""
        counts = Counter(outcome.fate for outcome in self.outcomes)
        reasons = {outcome.fate: outcome.reason for outcome in self.outcomes}
        return ", ".join(
            f"{count} {fate.value}" + (f" ({reasons[fate]})" if reasons[fate] else "")
            for fate, count in counts.most_common()
        )
