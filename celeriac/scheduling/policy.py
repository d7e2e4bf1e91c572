"""Which due times are sent and which are skipped: a pure function."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from celeriac.scheduling.limits import MISSED_AFTER


@dataclass(frozen=True)
class Decision:
    """What becomes of one due time: sent, or skipped for a reason."""

    due: datetime
    skipped: str = ""
    expires: datetime | None = None


@dataclass(frozen=True)
class Rules:
    """What an entry says about its due times.

    policy: skip, once or all, for those that were missed.
    expires, expire_seconds: when a task that has not run by then is not wanted any more; the
        seconds count from the due time.
    """

    policy: str
    one_off: bool = False
    expires: datetime | None = None
    expire_seconds: int | None = None


def decide(due: Sequence[datetime], now: datetime, rules: Rules) -> Iterator[Decision]:
    """Yield a decision for each due time, the oldest first; a one-off entry ends with the first sent.

    A due time was missed when it is more than MISSED_AFTER ago. `once` makes up for all missed
    ones by the newest of them, or by one that is not missed and comes anyway.
    """
    border = now - MISSED_AFTER
    timely = any(moment >= border for moment in due)
    newest_missed = max((moment for moment in due if moment < border), default=None)
    for moment in due:
        makes_up = rules.one_off or (moment == newest_missed and not timely)
        decision = _decide(moment, now, rules, missed=moment < border, makes_up=makes_up)
        yield decision
        if rules.one_off and not decision.skipped:
            return


def _decide(
    due: datetime, now: datetime, rules: Rules, *, missed: bool, makes_up: bool
) -> Decision:
    expires = rules.expires
    if rules.expire_seconds is not None:
        expires = due + timedelta(seconds=rules.expire_seconds)
    if expires is not None and expires <= now:
        return Decision(due, f"missed, and expired at {expires.isoformat()}")
    if missed and rules.policy == "skip":
        return Decision(due, "missed; the policy is to skip")
    if missed and rules.policy == "once" and not makes_up:
        return Decision(due, "missed; a later run makes up for it")
    return Decision(due, expires=expires)
