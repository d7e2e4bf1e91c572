"""What a check of the doctor found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal["ok", "warning", "failed"]
HERE = "this machine"
_ORDER: tuple[State, ...] = ("ok", "warning", "failed")


@dataclass(frozen=True)
class Finding:
    """The outcome of one check. ``where`` is this machine, the environment, or a host."""

    where: str
    check: str
    state: State
    what: str
    # What to do; empty where all is well.
    remedy: str = ""
    host: bool = False


def ok(where: str, check: str, what: str, host: bool = False) -> Finding:
    return Finding(where, check, "ok", what, host=host)


def worst(findings: Iterable[Finding]) -> State:
    """Return the worst state; ok if there is none."""
    return max((one.state for one in findings), key=_ORDER.index, default="ok")


def document(environment: str, findings: list[Finding]) -> dict[str, Any]:
    """Return what ``--json`` prints; docs/starting.md describes it."""
    return {
        "environment": environment,
        "state": worst(findings),
        "counts": {state: sum(one.state == state for one in findings) for state in _ORDER},
        "checks": [asdict(one) for one in findings],
    }
