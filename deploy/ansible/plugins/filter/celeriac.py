"""Filters that hand values to the kit's pure functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celeriac.derive import connections
from celeriac.release import build, facts, history, records, steps


def credential_files(
    processes: list[dict[str, Any]], shared: dict[str, Any], host: str
) -> list[dict[str, str]]:
    """One file for each credential of each process on a host, for `celeriac_files`."""
    files = []
    for process in processes:
        own = connections.facts_for(process, shared, host)
        for variable, expression in process["credentials"]["values"].items():
            path = f"{process['credentials']['directory']}/{variable}"
            files.append(
                {"path": path, "content": connections.value(expression, own), "mode": "0600"}
            )
    return files


def unit_files(processes: list[dict[str, Any]], templates: dict[str, str]) -> list[dict[str, str]]:
    """Every plain file of the processes: environment, drop-in and the unit itself."""
    files = []
    for process in processes:
        files += process["files"]
        if process["kind"] != "step":  # a step runs as a transient unit
            path = f"/etc/systemd/system/{process['unit']}@.service"
            files.append({"path": path, "content": templates[process["template"]]})
    return files


def units(processes: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The units of one kind with the files that they read when they start."""
    return [
        {
            "name": process["unit"],
            "files": [file["path"] for file in process["files"]]
            + [
                f"{process['credentials']['directory']}/{variable}"
                for variable in process["credentials"]["values"]
            ],
        }
        for process in processes
        if process["kind"] == kind
    ]


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "celeriac_archive": records.archive,
            "celeriac_argv": build.argv,
            "celeriac_build_commands": build.environment_commands,
            "celeriac_credential_files": credential_files,
            "celeriac_facts": facts.shared,
            "celeriac_protected": history.protected,
            "celeriac_step_launcher": steps.launcher,
            "celeriac_step_properties": steps.properties,
            "celeriac_unit_files": unit_files,
            "celeriac_units": units,
        }
