"""What a deploy asks of systemd, and tells it, for the modules of Celeriac."""

from __future__ import annotations

import fnmatch
from pathlib import Path
from typing import Any

WANTS = Path("/etc/systemd/system/multi-user.target.wants")
RUNNING = ("active", "activating", "reloading")
# One that finishes its work is deactivating.
ALIVE = (*RUNNING, "deactivating")
PROPERTIES = "Id,ActiveState,UnitFileState,NeedDaemonReload,ActiveEnterTimestamp,InvocationID"


class Systemd:
    """The few questions and orders that a deploy has for systemd."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def run(self, *arguments: str, check: bool = True) -> str:
        code, out, error = self._module.run_command(["systemctl", *arguments])
        if check and code != 0:
            raise RuntimeError(f"systemctl {' '.join(arguments)}: {error.strip() or out.strip()}")
        return out

    def properties(
        self, instances: list[str], names: str = PROPERTIES
    ) -> dict[str, dict[str, str]]:
        """Properties by instance; a pattern stands for those that systemd has in memory."""
        if not instances:
            return {}
        return shown(self.run("show", "--timestamp=unix", f"--property={names}", *instances))

    def listed(self, *patterns: str, states: tuple[str, ...] = RUNNING) -> list[str]:
        options = ["--plain", "--no-legend", "--full", f"--state={','.join(states)}"]
        out = self.run("list-units", *options, *patterns)
        return [line.split()[0] for line in out.splitlines() if line.strip()]

    def enabled(self, pattern: str) -> list[str]:
        """Enabled instances, running or not; `list-unit-files` knows templates alone."""
        return [
            path.name
            for path in sorted(WANTS.glob("*.service"))
            if fnmatch.fnmatch(path.name, pattern)
        ]

    def others(self, patterns: list[str], wanted: set[str]) -> list[str]:
        """Instances that run or are enabled, match a pattern and are not wanted."""
        found = {
            name for pattern in patterns for name in self.listed(pattern) + self.enabled(pattern)
        }
        return sorted(found - wanted)

    def last_lines(self, instance: str, since: float, count: int) -> str:
        """What the instance wrote since a time (seconds of the epoch), its last lines."""
        command = ["journalctl", "--no-pager", "--output=cat", f"--unit={instance}"]
        _, out, _ = self._module.run_command(
            [*command, f"--since=@{since:.3f}", f"--lines={count}"]
        )
        return out.strip() or "(it wrote nothing)"


def action(
    state: dict[str, str], files: list[str], written: list[str], restart: bool = False
) -> str | None:
    """What an instance needs: ``start``, ``restart``, ``enable`` or nothing.

    ``written`` are files that count as younger than it, ``restart`` asks for one in any case.
    """
    if state["ActiveState"] != "active":
        return "start"
    since = float(state["ActiveEnterTimestamp"].lstrip("@") or 0)
    # systemd tells whole seconds here: a file of the same second may be younger.
    if restart or any(
        name in written or (Path(name).exists() and Path(name).stat().st_mtime > since + 1)
        for name in files
    ):
        return "restart"
    return None if state["UnitFileState"] == "enabled" else "enable"


def mark(state: str | None, what: str, unit: str) -> Path | None:
    """Return the file that says that a unit's pool is ``what`` on this host; None without one."""
    file = Path(state, what, unit.rpartition("-")[0]) if state else None
    return file if file and file.is_file() else None


def instance(unit: str, release: str) -> str:
    """Name of a unit's instance."""
    return f"{unit}@{release}.service"


def release_of(name: str) -> str:
    """The release that an instance runs."""
    return name.partition("@")[2].removesuffix(".service")


def of_application(application: str) -> list[str]:
    """Patterns of all instances of an application."""
    kinds = [f"{kind}-{application}@*.service" for kind in ("web", "relay", "beat")]
    return [f"celery-{application}-*@*.service", *kinds]


def shown(text: str) -> dict[str, dict[str, str]]:
    """Return what `systemctl show` printed, by instance."""
    blocks = [
        dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        for block in text.strip().split("\n\n")
    ]
    return {block["Id"]: block for block in blocks if "Id" in block}
