"""How a fleet stands: from the hosts' answers to what `celeriac status` shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from celeriac.fleet import broker, edge, queues, units
from celeriac.fleet.loading import Fleet
from celeriac.fleet.survey import Survey
from celeriac.fleet.text import count, iso, memory, plain, table
from celeriac.fleet.units import Unit

# Seconds after which a relay's metrics, written each second, say nothing any more.
STALE = 15


def view(fleet: Fleet, survey: Survey) -> dict[str, Any]:
    """Return what `--json` prints; docs/commands.md describes it."""
    found = units.of_fleet(fleet, survey.answers)
    nodes = broker.cluster(survey)
    releases = _releases(found)
    beat, outbox = _beat(fleet, found, survey), _outbox(survey)
    edges = edge.view(fleet, survey)
    return {
        "application": fleet.application,
        "environment": fleet.place.name,
        "release": next(iter(releases), None),
        "releases": releases,
        "hosts": [
            {"host": host, "answered": answer.said is not None, "reason": answer.reason or None}
            for host, answer in survey.answers.items()
        ],
        "processes": [_process(unit) for unit in found],
        "edge": edges,
        "beat": beat,
        "outbox": outbox,
        "maintenance": _maintenance(survey),
        "broker": nodes,
        **broker.view(fleet, survey),
        "problems": [
            *units.problems(found),
            *edge.problems(edges),
            *broker.problems(nodes),
            *_nobody_leads(beat),
        ],
    }


def lines(status: Mapping[str, Any]) -> list[str]:
    """Return the text for people."""
    found = [f"{status['application']} in {status['environment']}: {_release_text(status)}", ""]
    found += _process_lines(status["processes"])
    found += ["", *_part_lines(status)]
    if status["queues"] is not None:
        found += ["", *queues.lines(status)]
    if problems := status["problems"]:
        found += ["", f"{count(len(problems), 'problem')}:", *(f"  {line}" for line in problems)]
    return found


def _releases(found: Sequence[Unit]) -> dict[str, list[str]]:
    """Return the releases that should run with their hosts, the most frequent first.

    There is one, unless a deploy runs or was broken off.
    """
    wanted = [unit for unit in found if unit.wanted and unit.release]
    frequent = Counter(str(unit.release) for unit in wanted).most_common()
    return {
        release: list(dict.fromkeys(unit.host for unit in wanted if unit.release == release))
        for release, _ in frequent
    }


def _process(unit: Unit) -> dict[str, Any]:
    return {
        "host": unit.host,
        "process": unit.process,
        "unit": unit.unit,
        "release": unit.release,
        "state": unit.state,
        "wanted": unit.wanted,
        "since": iso(unit.since),
        "memory": unit.memory,
        "memory_limit": unit.memory_limit,
        "restarts": unit.restarts,
        "note": unit.note,
    }


def _beat(fleet: Fleet, found: Sequence[Unit], survey: Survey) -> dict[str, Any] | None:
    """Return who leads; None where that is not known: without beat, or where its hosts were not seen.

    A beat of ours says so itself; of any other, one alone runs.
    """
    if fleet.description.beat is None:
        return None
    running = [unit for unit in found if unit.kind == "beat" and unit.pid is not None]
    leads = [
        unit
        for unit in running
        if unit.note.startswith("leads") or not fleet.document["beat_overlaps"]
    ]
    answered = survey.answers.keys() - survey.silent.keys()
    if not leads and not answered.issuperset(fleet.inventory.groups.get("beat", [])):
        return None
    return {
        "leader": leads[0].host if leads else None,
        "others": sorted({unit.host for unit in running} - {unit.host for unit in leads[:1]}),
    }


def _nobody_leads(beat: Mapping[str, Any] | None) -> list[str]:
    if beat is None or beat["leader"] or not beat["others"]:
        return []
    return ["no beat leads: nothing is scheduled until one does"]


def _outbox(survey: Survey) -> dict[str, Any] | None:
    """Return how the outbox stands, as the relay sees it that wrote last; None without one."""
    written = [
        relay
        for each in survey.answers.values()
        if each.said
        for relay in each.said["relays"]
        if relay["age"] < STALE and relay.get("relay_database_up")
    ]
    if not written:
        return None
    last = min(written, key=lambda relay: float(relay["age"]))
    return {
        "waiting": int(last["outbox_waiting"]),
        "oldest_seconds": round(last["outbox_oldest_seconds"], 1),
        "parked": int(last.get("outbox_parked", 0)),
        "relays_with_broker": sum(bool(relay.get("relay_broker_up")) for relay in written),
    }


def _maintenance(survey: Survey) -> list[dict[str, Any]]:
    """Return the hosts whose site shows the page of maintenance."""
    return [
        {"host": host, **{key: note.get(key) for key in ("who", "since", "message")}}
        for host, each in survey.answers.items()
        if each.said and (note := each.said.get("steered", {}).get("maintenance")) is not None
    ]


def _release_text(status: Mapping[str, Any]) -> str:
    releases = status["releases"]
    if len(releases) > 1:
        each = "; ".join(f"{release} on {', '.join(on)}" for release, on in releases.items())
        return f"several releases: {each}"
    return f"release {status['release']}" if releases else "no release"


def _process_lines(processes: Sequence[Mapping[str, Any]]) -> list[str]:
    header = ("HOST", "UNIT", "RELEASE", "STATE", "SINCE (UTC)", "MEMORY", "NOTE")
    rows = [
        (
            row["host"],
            row["unit"],
            row["release"],
            row["state"],
            plain(row["since"]),
            memory(row["memory"], row["memory_limit"]),
            row["note"],
        )
        for row in processes
    ]
    # The heading names the release, too.
    return table(header, rows, ("MEMORY",), least=("SINCE (UTC)", "MEMORY", "RELEASE"))


def _part_lines(status: Mapping[str, Any]) -> list[str]:
    found = edge.lines(status["edge"])
    if outbox := status["outbox"]:
        oldest = f", the oldest for {outbox['oldest_seconds']} s" if outbox["waiting"] else ""
        found.append(f"outbox: {outbox['waiting']} waiting{oldest}, {outbox['parked']} parked")
    if beat := status["beat"]:
        others = f", standing by: {', '.join(beat['others'])}" if beat["others"] else ""
        found.append(f"beat: {beat['leader'] or 'nobody'} leads{others}")
    if maintained := status["maintenance"]:
        found.append(f"maintenance: on, {', '.join(each['host'] for each in maintained)}")
    if nodes := status["broker"]:
        found.append(
            f"broker: {len(nodes['running'])} of {count(len(nodes['nodes']), 'node')} running"
        )
    else:
        found.append(f"broker: {status['error']}")
    return found
