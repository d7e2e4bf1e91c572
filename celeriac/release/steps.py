"""How a release's steps are run on their host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def properties(document: dict[str, Any], release: str, lock_timeout: int = 0) -> list[str]:
    """Return the properties of the transient unit that runs a step, for `systemd-run`.

    It has the application's user, environment and credentials, so that no secret
    stands in a command line, and no rights beyond them. ``lock_timeout`` is how many seconds
    PostgreSQL lets a statement wait for a lock, 0 for ever; a file of the environment goes before.
    """
    process, root = document["steps_process"], f"{document['root']}/releases/{release}"
    folder = process["credentials"]["directory"]
    return [
        f"User={document['user']}",
        f"Group={document['user']}",
        f"WorkingDirectory={root}/app",
        *(f"EnvironmentFile={file['path']}" for file in process["files"]),
        *([f"Environment=CELERIAC_RUNTIME={root}/celeriac.json"] if document["runtime"] else []),
        f"Environment=CELERIAC_RELEASE={release}",
        *([f"Environment=PGOPTIONS=--lock_timeout={lock_timeout}s"] if lock_timeout else []),
        *(
            f"LoadCredential={name}:{folder}/{name}"
            for name in sorted(process["credentials"]["values"])
        ),
        "NoNewPrivileges=yes",
        "PrivateTmp=yes",
        "ProtectSystem=strict",
        "ProtectHome=yes",
    ]


def launcher(document: dict[str, Any], release: str) -> list[str]:
    """Return the words before a step's own command."""
    python = f"{document['root']}/releases/{release}/venv/bin/python"
    return [python, "-m", "celeriac.worker.launcher", "--ready", "none", "--"]


def place(document: dict[str, Any]) -> None:
    """Add the process that runs steps, and operators' commands, to its host.

    A hosted application without steps needs none.
    """
    process = document["steps_process"]
    if process is not None and (document["steps"] or document["level"] == "integrated"):
        document["hosts"][process["host"]]["processes"].append(process)


def hosts_by_kind(document: dict[str, Any]) -> dict[str, list[str]]:
    """Return each kind of process (step, relay, worker, web, beat) to the hosts that run it."""
    kinds: dict[str, list[str]] = {kind: [] for kind in ("step", "relay", "worker", "web", "beat")}
    for name, host in document["hosts"].items():
        for kind in dict.fromkeys(process["kind"] for process in host["processes"]):
            kinds[kind].append(name)
    return kinds


def place_all(document: dict[str, Any], groups: Mapping[str, list[str]]) -> None:
    """Complete a derived document with what the playbooks ask: which hosts have what to run."""
    place(document)
    document["hosts_by_kind"] = hosts_by_kind(document)
    serving = [groups.get(name, []) for name in ("web", "workers", "relay", "beat")]
    document["application_hosts"] = sorted({host for group in serving for host in group})
