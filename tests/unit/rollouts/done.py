"""Commands that were carried out, without anything wrong unless a test says so."""

from __future__ import annotations

from typing import Any

from rollouts.done import Done
from rollouts.plan import Act

OLD, NEW = "20261122T100000-0000000001", "20261122T110000-0000000002"


def done(
    name: str = "deploy 1", since: float = 1010.0, until: float = 1040.0, **changes: Any
) -> Done:
    about = {key: changes.pop(key) for key in ("longest", "breaks", "mixed") if key in changes}
    kept: dict[str, Any] = {
        "passed": since + 15.0,
        "code": 0,
        "before": OLD,
        "new": NEW,
        "in_force": NEW,
        "serving": (NEW,),
        "wrong": (),
    }
    return Done(Act(name, ("deploy",), name, **about), since, until, **kept | changes)
