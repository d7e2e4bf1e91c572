"""In which order a deploy goes, who takes part, and what it would leave half done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from celeriac.release import history

RUNNING = ("active", "activating", "reloading")
_STEP = "step"

Instances = Mapping[str, Mapping[str, Any]]
Host = Mapping[str, Any]


def place(document: dict[str, Any], chosen: Iterable[str] | None = None) -> None:
    """Say which hosts get the release; with ``chosen`` (a canary) only those, and that of the steps.

    The others keep what they run, and their files. The host of the steps gets the files of its
    units too, and starts none of them.
    """
    everywhere = list(document["hosts"])
    if chosen is None:
        document["only"] = None
        document["release_hosts"] = everywhere
        document["retire_hosts"] = list(document["application_hosts"])
        return
    only = set(chosen)
    document["only"] = sorted(only)
    kinds = document["hosts_by_kind"]
    document["hosts_by_kind"] = {
        kind: [host for host in hosts if kind == _STEP or host in only]
        for kind, hosts in kinds.items()
    }
    document["release_hosts"] = [
        host for host in everywhere if host in only or host in kinds[_STEP]
    ]
    document["retire_hosts"] = [host for host in document["application_hosts"] if host in only]


def meant(document: Mapping[str, Any], hosts: Mapping[str, Host | None]) -> dict[str, Any]:
    """Return the document without the units of pools that a person has paused on a host.

    ``hosts`` are what those said of themselves, with the pools in ``paused``.
    """
    return {
        **document,
        "hosts": {
            host: {
                **placed,
                "processes": [
                    process
                    for process in placed["processes"]
                    if process["unit"].rpartition("-")[0]
                    not in (hosts.get(host) or {}).get("paused", ())
                ],
            }
            for host, placed in document["hosts"].items()
        },
    }


def release_of(instance: str) -> str:
    """Return the release in the name of an instance."""
    return instance.partition("@")[2].removesuffix(".service")


def before(instances: Instances, unit: str, release: str) -> str | None:
    """Return the newest other release that a unit ran when the deploy began."""
    names = [
        release_of(name)
        for name, found in instances.items()
        if name.partition("@")[0] == unit and found["state"] in RUNNING
    ]
    return max((name for name in names if name != release), default=None)


def drains(hosts: Mapping[str, Instances], entries: list[history.Entry], release: str) -> list[str]:
    """Return why nothing may be migrated yet: what is older than the release before still runs.

    The schema is changed in steps that the release before can live with (expand and contract);
    one that is older knows nothing of it. A release that was never in force is not older.
    """
    previous = history.current(entries)
    if previous in (None, release):
        previous = history.before(entries)
    if previous is None:
        return []
    return [
        f"{host}: {instance} {'still finishes its work' if found['state'] == 'deactivating' else 'runs'}, "
        f"and {previous} was in force after it"
        for host, instances in hosts.items()
        for instance, found in sorted(instances.items())
        if release_of(instance) < previous and release_of(instance) != release
    ]


def others(
    document: Mapping[str, Any], release: str, hosts: Mapping[str, Instances | None]
) -> list[str]:
    """Return each instance that is not what a release runs on a host, in a sentence.

    None stands for a host that was not asked: nobody knows what runs there.
    """
    found = []
    for host, instances in hosts.items():
        placed = document["hosts"].get(host, {"processes": []})["processes"]
        own = {f"{process['unit']}@{release}.service" for process in placed}
        found += [] if instances is not None else [f"{host} was not asked"]
        found += [
            f"{host}: {name} {'still finishes its work' if one['state'] == 'deactivating' else 'runs'}"
            for name, one in sorted((instances or {}).items())
            if name not in own
        ]
    return found


def not_running(
    document: Mapping[str, Any], release: str, hosts: Mapping[str, Instances]
) -> list[str]:
    """Return each unit that should run a release on a host and does not, in a sentence."""
    kinds = document["hosts_by_kind"]
    return [
        f"{host}: {process['unit']}@{release}.service is {_state(found)}. "
        f"There: journalctl -u {process['unit']}@{release}.service"
        for host, instances in hosts.items()
        for process in document["hosts"].get(host, {"processes": []})["processes"]
        if process["kind"] != _STEP and host in kinds[process["kind"]]
        for found in [instances.get(f"{process['unit']}@{release}.service")]
        if found is None or found["state"] != "active" or not found["enabled"]
    ]


def _state(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "not running"
    return found["state"] if found["enabled"] else f"{found['state']} and not enabled"


def problems_of_tasks(
    queues: Mapping[str, Iterable[str]], manifest: Mapping[str, Any]
) -> list[str]:
    """Return where the description's queues and the tasks of a release's code do not fit.

    ``queues`` are the modules that each lists; ``manifest`` is ``tasks.json``, empty
    where no host has it: a release that is not built yet, in check mode.
    """
    if not manifest:
        return []
    tasks = manifest["tasks"]
    return [
        f"celeriac.yml, queues/{queue}/tasks/{index}: {module} has no task in this release. "
        "Correct the name, or remove it."
        for queue, modules in queues.items()
        for index, module in enumerate(modules)
        if not any(name.startswith(f"{module}.") for name in tasks)
    ] + [
        f"tasks.json, tasks/{name}: its queue '{task['queue']}' is not described. "
        "Add the queue to celeriac.yml with a pool, or remove the task's own `queue`."
        for name, task in sorted(tasks.items())
        if task["queue"] is not None and task["queue"] not in queues
    ]
