"""The units of a fleet: which should run, and whether they do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from celeriac.fleet.ask import Answer
from celeriac.fleet.loading import Fleet

State = Literal[
    "ready", "starting", "draining", "failed", "missing", "unknown", "paused", "drained"
]
_STATES: dict[str, State] = {
    "active": "ready",
    "reloading": "ready",
    "activating": "starting",
    "deactivating": "draining",
    "failed": "failed",
}


@dataclass(frozen=True)
class Unit:
    """One instance of a unit, or the lack of it.

    ``wanted``: it should run; others finish what they have. ``since`` in seconds of the epoch,
    ``memory`` and ``memory_limit`` in bytes; None where it is not known.
    """

    host: str
    process: str
    kind: str
    unit: str
    release: str | None
    state: State
    wanted: bool
    since: int | None = None
    memory: int | None = None
    memory_limit: int | None = None
    restarts: int | None = None
    pid: int | None = None
    children: int | None = None
    note: str = ""
    endpoints: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the instance's name; without its release where that is not known."""
        return f"{self.unit}@{self.release}" if self.release else self.unit


def of_fleet(fleet: Fleet, answers: Mapping[str, Answer]) -> list[Unit]:
    """Return the units of all hosts that were asked."""
    return [
        unit
        for host, answer in answers.items()
        for unit in of_host(fleet.application, host, fleet.processes(host), answer)
    ]


def of_host(
    application: str, host: str, processes: list[dict[str, Any]], answer: Answer
) -> Iterator[Unit]:
    """Yield a host's units: those that should run first, then what else runs of them or failed."""
    expected = {process["unit"]: process for process in processes if process["kind"] != "step"}
    found: dict[str, list[dict[str, Any]]] = {}
    for instance in answer.said["units"] if answer.said else []:
        found.setdefault(instance["unit"], []).append(instance)
    current = answer.said["release"] if answer.said else None
    for name, process in expected.items():
        about = (host, process["name"], process["kind"], name)
        if answer.said is None:
            yield Unit(*about, None, "unknown", wanted=True)
            continue
        instances = found.pop(name, [])
        wanted = _wanted(instances, current)
        held = _held(answer.said.get("steered", {}), name)
        if held and not (wanted and wanted["enabled"]):
            yield Unit(*about, current, held[0], wanted=False, note=held[1])
            wanted = None
        elif wanted is None:
            yield Unit(*about, current, "missing", wanted=True)
        else:
            yield _unit(*about, wanted, wanted=True)
        yield from _others(about, instances, wanted)
    for name, instances in sorted(found.items()):
        yield from _others((host, *_named(application, name), name), instances, None)


def problems(units: list[Unit]) -> list[str]:
    """Return a sentence for each unit that should run and does not."""
    return [
        f"{unit.host}: {unit.name} {_IS[unit.state]}{f' ({unit.note})' if unit.note else ''}"
        for unit in units
        if unit.wanted and unit.state in _IS
    ]


_IS = {
    "starting": "is not ready yet",
    "draining": "is stopping",
    "failed": "has failed",
    "missing": "does not run",
}


def _wanted(instances: list[dict[str, Any]], current: str | None) -> dict[str, Any] | None:
    """Return the instance that should run.

    A deploy enables a release's unit when it is ready, and disables the others when it tells
    them to stop; where none is enabled, the one of the current release is meant.
    """
    meant = [each for each in instances if each["enabled"]] or [
        each for each in instances if each["release"] == current
    ]
    return max(meant, key=lambda each: (each["active"] == "active", each["release"]), default=None)


def _held(steered: Mapping[str, Any], unit: str) -> tuple[State, str] | None:
    """Return what a person did to the pool of a unit here, and who, since when and why."""
    pool = unit.rpartition("-")[0]
    states: tuple[State, ...] = ("paused", "drained")
    for state in states:
        if (note := steered.get(state, {}).get(pool)) is not None:
            message = f": {note['message']}" if note.get("message") else ""
            return state, f"by {note.get('who', 'somebody')} since {note.get('since')}{message}"
    return None


def _others(
    about: tuple[str, str, str, str], instances: list[dict[str, Any]], wanted: dict[str, Any] | None
) -> Iterator[Unit]:
    """An instance that should not run is of interest while it does, or when it failed."""
    for instance in sorted(instances, key=lambda each: str(each["release"])):
        if instance is not wanted and instance["active"] in _STATES:
            yield _unit(*about, instance, wanted=False)


def _unit(
    host: str, process: str, kind: str, name: str, instance: dict[str, Any], *, wanted: bool
) -> Unit:
    state = _STATES.get(instance["active"], "missing")
    if instance["sub"] == "auto-restart":
        state = "failed"
    if state == "ready" and not wanted:
        state = "draining"
    return Unit(
        host,
        process,
        kind,
        name,
        instance["release"],
        state,
        wanted,
        since=instance["since"],
        memory=instance["memory"],
        memory_limit=instance["memory_limit"],
        restarts=instance["restarts"],
        pid=instance["pid"],
        children=instance.get("children"),
        note=_note(instance, state),
        endpoints=tuple(instance.get("endpoints", ())),
    )


def _note(instance: dict[str, Any], state: State) -> str:
    """What the process says of itself; of one that failed, what systemd says."""
    if state != "failed":
        return str(instance["status"])
    note = f"{instance['result']}, exit status {instance['exit_status']}"
    return f"{note}, restarted {instance['restarts']} times" if instance["restarts"] else note


def _named(application: str, unit: str) -> tuple[str, str]:
    """Return process and kind of a unit that no host should run any more, from its name."""
    for kind in ("web", "beat", "relay"):
        if unit == f"{kind}-{application}":
            return kind, kind
    pool = unit.removeprefix(f"celery-{application}-").rpartition("-")[0]
    return f"pool-{pool}", "worker"
