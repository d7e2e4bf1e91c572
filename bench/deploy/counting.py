"""Counts the operations of a deploy on each host, by what kind of pyinfra's they are most like.

An operation is one task that Ansible ran on a host, or one item of its loop. Tasks that ask no
host do not count: those on the control host (assertions, variables, what is included, verdicts)
and those that were skipped. A module of the kit that looks at thirty files at once counts as one,
which favours pyinfra, whose operation looks at one file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

# Kinds that `converge.py` has.
FILE, DIRECTORY, LINK, PACKAGES, USER, SERVICE, READ = (
    "file",
    "directory",
    "link",
    "packages",
    "user",
    "service",
    "read",
)
_KINDS = {
    "celeriac_files": FILE,
    "copy": FILE,
    "template": FILE,
    "blockinfile": FILE,
    "assemble": FILE,
    "celeriac_static": DIRECTORY,
    "celeriac_prune": DIRECTORY,
    "file": DIRECTORY,
    "apt": PACKAGES,
    "user": USER,
    "celeriac_services": SERVICE,
    "celeriac_units": SERVICE,
    "systemd_service": SERVICE,
}
# Modules and actions that run on the control host, whatever host they are named for.
_CONTROL = {
    "add_host",
    "assert",
    "celeriac_hook",
    "celeriac_verdict",
    "debug",
    "fail",
    "group_by",
    "import_role",
    "import_tasks",
    "include_role",
    "include_tasks",
    "include_vars",
    "meta",
    "set_fact",
    "validate_argument_spec",
}


def kind(action: str) -> str | None:
    """Return the kind of an Ansible action's operation; None for one that asks no host."""
    name = action.rpartition(".")[2]
    return None if name in _CONTROL else _KINDS.get(name, READ)


def operations(tasks: Iterable[Mapping[str, Any]]) -> dict[str, Counter[str]]:
    """Return for each host how many operations of each kind ran, from what the callback wrote."""
    found: dict[str, Counter[str]] = {}
    for task in tasks:
        name = kind(task["action"])
        for host, count in task["ran"].items():
            if name and count and not task["control"]:
                found.setdefault(host, Counter())[name] += count
    return found


def changed(tasks: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return what changed something, as sentences; the locks of a deploy do each time."""
    return [
        f"{', '.join(task['changed'])}: {task['task']} ({task['play']})"
        for task in tasks
        if task["changed"]
    ]


def slowest(tasks: Iterable[Mapping[str, Any]], count: int = 20) -> list[dict[str, Any]]:
    """Return the tasks that took longest, and on how many hosts they ran or were skipped."""
    return [
        {
            "seconds": round(task["seconds"], 2),
            "ran": len(task["ran"]),
            "skipped": task["skipped"],
            "task": f"{task['play']}: {task['task']}",
        }
        for task in sorted(tasks, key=lambda task: -task["seconds"])[:count]
    ]
