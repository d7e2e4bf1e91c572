"""What a command has led to, and whether it should have."""

from __future__ import annotations

from dataclasses import dataclass

from rollouts.commands import Told
from rollouts.plan import WORKERS, Act
from rollouts.state import State


@dataclass(frozen=True)
class Done:
    """A command that was carried out. `wrong` says what it should not have led to.

    `before` and `in_force` are releases; `new` is the one that it was about, if it was found out.
    `serving` are those that web hosts may answer with afterwards. `passed` is when the workers had
    changed, or when it ended before that.
    """

    act: Act
    since: float
    until: float
    passed: float
    code: int
    before: str
    new: str | None
    in_force: str | None
    serving: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def seconds(self) -> float:
        return self.until - self.since


def new_release(state: State, before: str) -> str | None:
    """Return the release that the command was about: the audit's, or what runs beside the one before.

    A process that was killed has written no line.
    """
    if state.last.get("release") not in (None, before) and not state.locked:
        return str(state.last["release"])
    return next((release for release in state.running if release != before), None)


def passed(told: Told) -> float:
    """Return when the phase after that of the workers began; the command's end without one."""
    names = [name for name, _ in told.phases]
    after = names.index(WORKERS) + 1 if WORKERS in names else len(names)
    return told.phases[after][1] if after < len(names) else told.until


def complaints(act: Act, told: Told, state: State, before: str, expected: str | None) -> list[str]:
    """Return what is not as it has to be after a command, as sentences."""
    found = []
    if told.code != act.code:
        found.append(f"it ended with {told.code}, not {act.code}")
    if act.says not in told.text:
        found.append(f"it did not say: {act.says}")
    if state.unread:
        found.append(f"no answer from celeriac {', '.join(state.unread)}")
        return found
    if expected is None or state.in_force != expected:
        found.append(f"{state.in_force} is in force, not {expected or 'a new release'}")
    if bool(act.killed_in) != state.left_behind or state.locked != state.left_behind:
        held = "left behind" if state.left_behind else "held" if state.locked else "free"
        found.append(f"the lock is {held}")
    if act.bad:
        if before not in state.running:
            found.append(f"nothing runs {before} any more")
        if state.code == 3:
            found.append("`celeriac status` got no answer from a host")
    elif state.code or state.running != (expected,):
        problems = "; ".join(state.problems) or ", ".join(state.running)
        found.append(f"`celeriac status` ends with {state.code}: {problems}")
    return found
