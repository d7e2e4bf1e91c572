#!/usr/bin/python
"""Move template units to a release: start, wait until ready, then stop the old."""

from __future__ import annotations

import fnmatch
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: celeriac_units
short_description: Makes one release the running instance of template units
description:
  - A unit named C(celery-shop-mail-1) runs as C(celery-shop-mail-1@RELEASE.service).
  - An instance that is active, enabled and younger than its files is left alone; one that is
    older than its files is restarted; one that does not run is started. Each start waits for readiness,
    which C(Type=notify) units announce themselves.
  - An instance that does not become ready is stopped again and its own last lines are in the error.
    Instances of other releases are then left running.
  - Other active instances that match O(others) are told to stop and not waited for, so that they
    finish what they have.
options:
  release: {description: The instance name., type: str, required: true}
  units:
    description: Units to run.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name before the at sign., type: str, required: true}
      files: {description: Files that the unit reads when it starts., type: list, elements: path, default: []}
  others:
    description: Patterns of instances that should not run unless O(units) names them; empty stops nothing.
    type: list
    elements: str
    default: []
  stop_others:
    description: Whether the others are told to stop; where not, RV(others) only names those that run.
    type: bool
    default: true
  overlap:
    description:
      - Whether the old may run while the new starts. Where not (beat), the old is stopped and waited for first,
        and started again if the new does not become ready.
    type: bool
    default: true
  restart:
    description: Whether instances that run are restarted although no file of theirs is younger.
    type: bool
    default: false
  written:
    description: Files that this run has written, or in check mode would have; those count as younger.
    type: list
    elements: path
    default: []
  state:
    description:
      - The application's folder for what the host remembers. A unit C(NAME-1) whose C(NAME) stands in its C(paused) is
        not started and counts among the others, with a warning; a C(NAME) in C(drained) is removed when its unit runs.
    type: path
  lines: {description: How many of its last lines the error shows., type: int, default: 15}
author: [Celeriac]
"""

RETURN = r"""
started: {description: Instances started., type: list, returned: always}
restarted: {description: Instances restarted because their files are younger., type: list, returned: always}
stopping: {description: Instances told to stop., type: list, returned: always}
others: {description: Instances of others that ran or were enabled., type: list, returned: always}
paused: {description: Names of O(units) that are paused., type: list, returned: always}
"""


class NotReady(Exception):
    """An instance did not become ready; the message holds its last lines."""


class Systemd:
    """The few questions and orders that a deploy has for systemd."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module

    def run(self, *arguments: str, check: bool = True) -> str:
        code, out, error = self._module.run_command(["systemctl", *arguments])
        if check and code != 0:
            raise RuntimeError(f"systemctl {' '.join(arguments)}: {error.strip() or out.strip()}")
        return out

    def properties(self, instances: list[str]) -> dict[str, dict[str, str]]:
        names = "Id,ActiveState,UnitFileState,NeedDaemonReload,ActiveEnterTimestamp"
        out = self.run("show", "--timestamp=unix", f"--property={names}", *instances)
        blocks = [
            dict(line.split("=", 1) for line in block.splitlines())
            for block in out.strip().split("\n\n")
        ]
        return {block["Id"]: block for block in blocks}

    def active(self, pattern: str) -> list[str]:
        states = "--state=active,activating,reloading"
        out = self.run("list-units", "--plain", "--no-legend", "--full", states, pattern)
        return [line.split()[0] for line in out.splitlines()]

    def enabled(self, pattern: str) -> list[str]:
        """Enabled instances, running or not; `list-unit-files` knows templates alone."""
        wants = Path("/etc/systemd/system/multi-user.target.wants")
        return [
            path.name
            for path in sorted(wants.glob("*.service"))
            if fnmatch.fnmatch(path.name, pattern)
        ]

    def others(self, patterns: list[str], wanted: set[str]) -> list[str]:
        """Instances that run or are enabled, match a pattern and are not wanted."""
        found = {
            name for pattern in patterns for name in self.active(pattern) + self.enabled(pattern)
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
    """What an instance needs: ``start``, ``restart``, ``enable`` or nothing."""
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


def bring_up(systemd: Systemd, instance: str, verb: str, lines: int) -> None:
    systemd.run("reset-failed", instance, check=False)
    since = time.time()
    try:
        if verb != "enable":
            systemd.run(verb, instance)
        systemd.run("enable", "--quiet", instance)
    except RuntimeError as error:
        systemd.run("stop", instance, check=False)
        last = systemd.last_lines(instance, since, lines)
        systemd.run("disable", "--quiet", instance, check=False)
        systemd.run("reset-failed", instance, check=False)
        before = (
            "it ran before, with the files it had then"
            if verb == "restart"
            else "what ran before still runs"
        )
        raise NotReady(
            f"{instance} did not become ready and was stopped; {before}. "
            f"Its last lines:\n{last}\n({error})\n"
            f"Correct the cause and deploy again. On the host: journalctl -u {instance}"
        ) from error


def bring_up_alone(
    systemd: Systemd, instance: str, verb: str, lines: int, patterns: list[str]
) -> None:
    """Stop what runs, start the instance; start the old again if it does not get ready."""
    old = sorted({name for pattern in patterns for name in systemd.active(pattern)} - {instance})
    if old:
        systemd.run("stop", *old)
    try:
        bring_up(systemd, instance, verb, lines)
    except NotReady:
        if old:
            systemd.run("start", *old)
        raise


def apply(module: AnsibleModule) -> dict:
    systemd, release, state = Systemd(module), module.params["release"], module.params["state"]
    names = [unit["name"] for unit in module.params["units"]]
    paused = [name for name in names if mark(state, "paused", name)]
    wanted = {
        f"{unit['name']}@{release}.service": unit["files"]
        for unit in module.params["units"]
        if unit["name"] not in paused
    }
    done: dict[str, list[str]] = {"started": [], "restarted": [], "enabled": [], "stopping": []}
    states = systemd.properties(list(wanted)) if wanted else {}
    if not module.check_mode and any(
        state["NeedDaemonReload"] == "yes" for state in states.values()
    ):
        systemd.run("daemon-reload")
    for instance, files in wanted.items():
        verb = action(states[instance], files, module.params["written"], module.params["restart"])
        if verb is None:
            continue
        done[{"start": "started", "restart": "restarted", "enable": "enabled"}[verb]].append(
            instance
        )
        if module.check_mode:
            continue
        if module.params["overlap"]:
            bring_up(systemd, instance, verb, module.params["lines"])
        else:
            bring_up_alone(systemd, instance, verb, module.params["lines"], module.params["others"])
    for file in [mark(state, "drained", name) for name in names if name not in paused]:
        if file and not module.check_mode:
            file.unlink(missing_ok=True)
    others = systemd.others(module.params["others"], set(wanted))
    if module.params["stop_others"]:
        done["stopping"] = others
        for instance in [] if module.check_mode else others:
            systemd.run("disable", "--quiet", instance)
            systemd.run("stop", "--no-block", instance)
    for pool in dict.fromkeys(name.rpartition("-")[0] for name in paused):
        module.warn(f"{pool} is paused and stays so. `celeriac resume` starts it.")
    return {"changed": any(done.values()), **done, "others": others, "paused": paused}


def main() -> None:
    unit_options = {
        "name": {"type": "str", "required": True},
        "files": {"type": "list", "elements": "path", "default": []},
    }
    module = AnsibleModule(
        argument_spec={
            "release": {"type": "str", "required": True},
            "units": {"type": "list", "elements": "dict", "options": unit_options, "default": []},
            "others": {"type": "list", "elements": "str", "default": []},
            "stop_others": {"type": "bool", "default": True},
            "overlap": {"type": "bool", "default": True},
            "restart": {"type": "bool", "default": False},
            "written": {"type": "list", "elements": "path", "default": []},
            "state": {"type": "path"},
            "lines": {"type": "int", "default": 15},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**apply(module))
    except (NotReady, RuntimeError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
