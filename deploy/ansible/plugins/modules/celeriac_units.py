#!/usr/bin/python
"""Move template units to a release: start, wait for proof, then stop the old."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_systemd import Systemd, action, instance, mark

DOCUMENTATION = r"""
module: celeriac_units
short_description: Makes one release the running instance of template units
description:
  - A unit named C(celery-shop-mail-1) runs as C(celery-shop-mail-1@RELEASE.service).
  - An instance that is active, enabled and younger than its files is left alone; one that is
    older than its files is restarted; one that does not run is started. Each start waits for readiness,
    which C(Type=notify) units announce themselves, and then for the answer to its canary, if one was sent.
  - Instances that do not run yet start side by side; those that run are restarted one after the other.
  - If one of them fails, all that were started by the same call are stopped again, and the last lines of the
    one that failed are in the error. Instances of other releases are then left running.
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
      canary: {description: Id of the canary that it was sent; empty if none was., type: str, default: ""}
      overlap: {description: As O(overlap) for this unit alone., type: bool, default: true}
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
      - Whether the old may run while the new starts. Where not (beat), the old instances of the same unit are stopped
        and waited for first, and started again if the new one fails.
    type: bool
    default: true
  canary_timeout:
    description: Seconds from the readiness of all that start side by side to the answers to their canaries.
    type: int
    default: 60
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
  typed: {description: Options that lead a person's command here., type: str, default: -e ENV}
  lines: {description: How many of its last lines the error shows., type: int, default: 15}
author: [Celeriac]
"""

RETURN = r"""
started: {description: Instances started., type: list, returned: always}
restarted: {description: Instances restarted because their files are younger., type: list, returned: always}
replaced: {description: Instances that were stopped to make room., type: list, returned: always}
stopping: {description: Instances told to stop., type: list, returned: always}
others: {description: Instances of others that ran or were enabled., type: list, returned: always}
paused: {description: Names of O(units) that are paused., type: list, returned: always}
"""

DONE = {"start": "started", "restart": "restarted", "enable": "enabled"}


class Failed(Exception):
    """An instance is not ready or did not prove that it works; the message holds its last lines."""


class Unproven(RuntimeError):
    """A canary was not answered, or with an error."""


class Begun:
    """What a call has started so far, and what it has stopped for that."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.replaced: list[str] = []


def verdict(answer: str | None, canary: str) -> str | None:
    """Return None for no answer yet, empty for a good one, else what went wrong.

    ``answer`` is the text of the file that `celeriac.worker.canary` writes.
    """
    told = json.loads(answer) if answer else {}
    return (told["error"] or "") if told.get("canary") == canary else None


def wait_for_canary(systemd: Systemd, name: str, canary: str, timeout: int, until: float) -> None:
    """Wait until a unit has answered; raise `Unproven` where it does not.

    ``until`` is by the monotonic clock, ``timeout`` what led to it.
    """
    unit, _, release = name.removesuffix(".service").partition("@")
    file = Path("/run", unit, release, "canary.json")
    while (said := verdict(file.read_text() if file.exists() else None, canary)) is None:
        state = systemd.properties([name])[name]["ActiveState"]
        if state != "active":
            raise Unproven(f"its state became {state}")
        if time.monotonic() > until:
            raise Unproven(
                f"its canary {canary} did not come back within {timeout} s: the task "
                "celeriac.canary was not received, or its pool is not free"
            )
        time.sleep(0.2)
    if said:
        raise Unproven(f"its canary came back with an error: {said}")


def bring_up(
    systemd: Systemd, verb: str, canaries: dict[str, str], params: dict, begun: Begun
) -> None:
    """Give instances one order together and wait for each; ``canaries`` are theirs by name."""
    names, unproven = list(canaries), ""
    systemd.run("reset-failed", *names, check=False)
    since = time.time()
    begun.started += names if verb == "start" else []
    try:
        if verb != "enable":
            systemd.run(verb, *names)
            timeout = params["canary_timeout"]
            until = time.monotonic() + timeout
            for unproven in filter(canaries.get, names):
                wait_for_canary(systemd, unproven, canaries[unproven], timeout, until)
        systemd.run("enable", "--quiet", *names)
    except RuntimeError as error:
        if isinstance(error, Unproven):
            failed, what, wait = [unproven], "did not prove that it works", False
        elif failed := not_ready(systemd, names):
            what, wait = "did not become ready", True
        else:
            failed, what, wait = names, "could not be brought up", False
        last = systemd.last_lines(failed[0], since, params["lines"])
        withdraw(systemd, begun, failed, wait=wait)
        before = (
            "it ran before, with the files it had then"
            if verb == "restart"
            else "what ran before still runs"
        )
        others = f"The same holds for {', '.join(failed[1:])}. " if failed[1:] else ""
        raise Failed(
            f"{failed[0]} {what} and was stopped; {before}. {others}"
            f"Its last lines:\n{last}\n({error})\n"
            f"Correct the cause and deploy again. On the host: journalctl -u {failed[0]}"
        ) from error


def not_ready(systemd: Systemd, names: list[str]) -> list[str]:
    """Return those that are not active; none, if systemd does not tell."""
    try:
        states = systemd.properties(names)
    except RuntimeError:
        return []
    return [name for name in names if states[name]["ActiveState"] != "active"]


def withdraw(systemd: Systemd, begun: Begun, failed: list[str], *, wait: bool) -> None:
    """Stop instances and what was started with them, and start what they replaced.

    One that is ready may have real tasks by now, and finishes them; it is not waited for.
    """
    systemd.run("stop", *([] if wait else ["--no-block"]), *failed, check=False)
    systemd.run("disable", "--quiet", *failed, check=False)
    if wait:
        systemd.run("reset-failed", *failed, check=False)
    if others := [name for name in begun.started if name not in failed]:
        systemd.run("disable", "--quiet", *others, check=False)
        systemd.run("stop", "--no-block", *others, check=False)
    if begun.replaced:
        systemd.run("start", *begun.replaced)


def make_room(systemd: Systemd, unit: str, name: str, begun: Begun) -> None:
    """Stop the unit's other instances and wait until they have finished."""
    old = sorted({*systemd.listed(f"{unit}@*.service")} - {name})
    if old:
        begun.replaced += old
        systemd.run("stop", *old)


def orders(
    done: dict[str, list[str]], wanted: dict[str, dict], overlap: bool
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield what systemd is told, one order after the other: a verb, and canaries by instance.

    New ones start side by side, two for each processor: what they do first is to import. Those
    that are restarted, or whose old ones stop for them, go one by one: the others work meanwhile.
    """
    many = 2 * (os.cpu_count() or 1)
    for verb, key in DONE.items():
        room = {name for name in done[key] if overlap and wanted[name]["overlap"]}
        beside = {"start": room, "restart": set(), "enable": {*done[key]}}[verb]
        together = [name for name in done[key] if name in beside]
        batches = [together[since : since + many] for since in range(0, len(together), many)]
        for names in [*batches, *([name] for name in done[key] if name not in beside)]:
            yield verb, {name: wanted[name]["canary"] for name in names}


def apply(module: AnsibleModule) -> dict:
    params = module.params
    systemd, release, begun = Systemd(module), params["release"], Begun()
    names = [unit["name"] for unit in params["units"]]
    paused = [name for name in names if mark(params["state"], "paused", name)]
    wanted = {
        instance(unit["name"], release): unit
        for unit in params["units"]
        if unit["name"] not in paused
    }
    done: dict[str, list[str]] = {**{key: [] for key in DONE.values()}, "stopping": []}
    states = systemd.properties(list(wanted))
    if not module.check_mode and any(
        state["NeedDaemonReload"] == "yes" for state in states.values()
    ):
        systemd.run("daemon-reload")
    for name, unit in wanted.items():
        verb = action(states[name], unit["files"], params["written"], params["restart"])
        if verb is None:
            continue
        done[DONE[verb]].append(name)
    for verb, canaries in orders(done, wanted, params["overlap"]) if not module.check_mode else ():
        for name in canaries:
            if not (params["overlap"] and wanted[name]["overlap"]):
                make_room(systemd, wanted[name]["name"], name, begun)
        bring_up(systemd, verb, canaries, params, begun)
    for file in [mark(params["state"], "drained", unit["name"]) for unit in wanted.values()]:
        if file and not module.check_mode:
            file.unlink(missing_ok=True)
    others = systemd.others(params["others"], set(wanted))
    if params["stop_others"]:
        done["stopping"] = others
        if others and not module.check_mode:
            systemd.run("disable", "--quiet", *others)
            systemd.run("stop", "--no-block", *others)
    for pool in dict.fromkeys(name.rpartition("-")[0] for name in paused):
        module.warn(
            f"{pool} is paused and stays so. `celeriac resume {params['typed']}` starts it."
        )
    return {
        "changed": any(done.values()),
        **done,
        "others": others,
        "replaced": begun.replaced,
        "paused": paused,
    }


def main() -> None:
    unit_options = {
        "name": {"type": "str", "required": True},
        "files": {"type": "list", "elements": "path", "default": []},
        "canary": {"type": "str", "default": ""},
        "overlap": {"type": "bool", "default": True},
    }
    module = AnsibleModule(
        argument_spec={
            "release": {"type": "str", "required": True},
            "units": {"type": "list", "elements": "dict", "options": unit_options, "default": []},
            "others": {"type": "list", "elements": "str", "default": []},
            "stop_others": {"type": "bool", "default": True},
            "overlap": {"type": "bool", "default": True},
            "canary_timeout": {"type": "int", "default": 60},
            "restart": {"type": "bool", "default": False},
            "written": {"type": "list", "elements": "path", "default": []},
            "state": {"type": "path"},
            "typed": {"type": "str", "default": "-e ENV"},
            "lines": {"type": "int", "default": 15},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**apply(module))
    except (Failed, RuntimeError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
