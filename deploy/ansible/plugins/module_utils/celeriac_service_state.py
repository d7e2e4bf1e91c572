"""What a service needs so that it runs with the files on the disk, for the modules of Celeriac."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

PROPERTIES = (
    "LoadState,ActiveState,UnitFileState,NeedDaemonReload,"
    "InactiveExitTimestamp,StateChangeTimestamp"
)


def seconds(timestamp: str) -> float:
    """Seconds of the epoch of ``Sun 2026-11-22 08:53:39.180109 UTC``; 0 for never."""
    if not timestamp:
        return 0
    date = timestamp.split(" ", 1)[1]
    return datetime.strptime(date, "%Y-%m-%d %H:%M:%S.%f UTC").replace(tzinfo=UTC).timestamp()


def younger(files: list[str], since: float, written: list[str]) -> bool:
    return any(
        name in written or (Path(name).exists() and Path(name).stat().st_mtime > since)
        for name in files
    )


def verbs(state: dict[str, str], service: dict, written: list[str]) -> list[str]:
    """Return the orders that a unit needs, of ``start``, ``restart``, ``reload``, ``enable``."""
    needed = []
    if state["ActiveState"] not in ("active", "reloading"):
        needed.append("start")
    elif younger(service["files"], seconds(state["InactiveExitTimestamp"]), written):
        needed.append("restart")
    # The last change of a running unit's state is the end of its start or of its last reload.
    elif younger(service["reload_files"], seconds(state["StateChangeTimestamp"]), written):
        needed.append("reload")
    # A unit that is not there yet, as in check mode, has no state. `static` cannot be enabled.
    if state["UnitFileState"] in ("", "disabled", "enabled-runtime"):
        needed.append("enable")
    return needed


def show(module: AnsibleModule, name: str) -> dict[str, str]:
    command = ["systemctl", "show", "--timestamp=us+utc", f"--property={PROPERTIES}", name]
    _, out, _ = module.run_command(command, check_rc=True)
    return dict(line.split("=", 1) for line in out.splitlines())
