#!/usr/bin/python
"""Run a release's steps (migrations and the like), each once for what it is for."""

from __future__ import annotations

import shlex
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_systemd import ALIVE, Systemd

DOCUMENTATION = r"""
module: celeriac_steps
short_description: Runs the steps of a release that have not been run yet
description:
  - A step of kind C(every) runs once for each release, one of kind C(install) once for each cluster.
    Which have run is written down on the host, in O(state), after each success, by the step's own unit, also where
    nobody waits for it any more. A new host for the steps runs those of kind C(install) again.
  - A step runs as the application's user with the application's credentials, as a transient unit of systemd,
    so its secrets are in no command line.
  - The first step that fails ends the run; its last lines are in the error.
  - A step outlives the deploy that started it. While one of the application still runs, none is begun.
options:
  application: {description: The application., type: str, required: true}
  release: {description: The release., type: str, required: true}
  steps:
    description: Steps with name, argv, when, timeout (seconds) and exit_codes.
    type: list
    elements: dict
    required: true
  properties:
    description: Properties of the transient unit, as systemd writes them.
    type: list
    elements: str
    required: true
  launcher:
    description: Command that starts a step's own command.
    type: list
    elements: str
    required: true
  state: {description: Folder that remembers what was run., type: path, required: true}
  refused:
    description: Why no step of kind C(every) may run now. Without one that is due they do not matter.
    type: list
    elements: str
    default: []
  force: {description: Why they may all the same; empty if not., type: str, default: ""}
  typed: {description: The options that lead a command of celeriac to this environment., type: str, default: -e ENV}
author: [Celeriac]
"""

RETURN = r"""
ran: {description: Names of the steps that ran., type: list, returned: always}
"""

# How many of a step's last lines an error shows.
LINES = 20


def due(step: dict, release: str, state: Path) -> bool:
    mark = state / step["name"]
    if not mark.exists():
        return True
    return step["when"] == "every" and release not in mark.read_text().split()


def refuse(module: AnsibleModule, due_now: list[dict]) -> None:
    """Fail before the first step where something still runs that cannot live with what they do."""
    names = [step["name"] for step in due_now if step["when"] == "every"]
    force = module.params["force"]
    if names and force:
        for sentence in module.params["refused"]:
            module.warn(f"Forced ({force}): {sentence}")
    elif names and module.params["refused"]:
        lines = "\n".join(module.params["refused"])
        module.fail_json(
            msg=f"{', '.join(names)} did not run, and nothing was activated:\n{lines}\n"
            f"Wait until it has ended (`celeriac status {module.params['typed']}`), or go on all the same: "
            f'celeriac deploy {module.params["typed"]} --force "why".',
            refused=True,
        )


def refuse_beside_another(module: AnsibleModule) -> None:
    """Fail while a step still runs that a deploy has left behind: two migrations at once may break both."""
    units = f"step-{module.params['application']}-*.service"
    try:
        running = Systemd(module).listed(units, states=ALIVE)
    except RuntimeError as error:
        module.fail_json(msg=f"{error}. Nothing was activated.")
    if running:
        module.fail_json(
            msg=f"A step of a deploy that was cut off still runs here: {', '.join(running)}. Nothing was activated. "
            "Wait until it has ended (journalctl -f -u with that name, on this host), then deploy again; a step that "
            "did not succeed runs again.",
            refused=True,
        )


def note(step: dict, release: str, mark: Path) -> str:
    """Return the property by which systemd itself writes down that a step succeeded.

    The deploy that began it may be gone by then, and an install step must not run twice.
    """
    good = "|".join(f"{'exit-code' if code else 'success'}:{code}" for code in step["exit_codes"])
    written = f"echo {shlex.quote(release)} >> {shlex.quote(str(mark))}"
    script = f"case $SERVICE_RESULT:$EXIT_STATUS in {good}) {written};; esac"
    escaped = script.replace("\\", "\\\\").replace('"', '\\"')
    # As root and outside the step's sandbox; the shell alone replaces variables.
    return f'ExecStopPost=:+/bin/sh -c "{escaped}"'


def run(module: AnsibleModule, number: int, step: dict) -> None:
    params, state = module.params, Path(module.params["state"])
    state.mkdir(parents=True, exist_ok=True)
    mark = state / step["name"]
    unit = f"step-{params['application']}-{number}-{params['release']}"
    command = [
        "systemd-run",
        f"--unit={unit}",
        # Not --pipe: a step whose deploy is gone would end at the next line that it writes.
        "--wait",
        "--collect",
        "--quiet",
        "--service-type=exec",
        "--expand-environment=no",
    ]
    properties = [*params["properties"], note(step, params["release"], mark)]
    command += [f"--property={line}" for line in properties]
    command += [
        f"--property=RuntimeMaxSec={step['timeout']}",
        "--",
        *params["launcher"],
        *step["argv"],
    ]
    since = time.time()
    code, _, error = module.run_command(command)
    if not due(step, params["release"], state):
        return
    why = f", and this was not written into {mark}" if code in step["exit_codes"] else ""
    module.run_command(["journalctl", "--sync"])
    written = Systemd(module).last_lines(f"{unit}.service", since, LINES)
    last = "\n".join([written, *error.strip().splitlines()])
    module.fail_json(
        msg=f"step '{step['name']}' of release {params['release']} ended with {code} "
        f"(allowed: {step['exit_codes']}, at most {step['timeout']} s){why}. Nothing was activated. "
        f"Its last lines:\n{last}{waited(last)}"
    )


def waited(last: str) -> str:
    """What to do where PostgreSQL ended a wait for a lock."""
    if "lock timeout" not in last:
        return ""
    return (
        "\nIt waited for a lock that somebody holds (pg_locks says who); until it had got it, everybody else would "
        "have waited behind it. Deploy again when that has ended; release_steps_lock_timeout is how long it waits."
    )


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "application": {"type": "str", "required": True},
            "release": {"type": "str", "required": True},
            "steps": {"type": "list", "elements": "dict", "required": True},
            "properties": {"type": "list", "elements": "str", "required": True},
            "launcher": {"type": "list", "elements": "str", "required": True},
            "state": {"type": "path", "required": True},
            "refused": {"type": "list", "elements": "str", "default": []},
            "force": {"type": "str", "default": ""},
            "typed": {"type": "str", "default": "-e ENV"},
        },
        supports_check_mode=True,
    )
    release, state = module.params["release"], Path(module.params["state"])
    ran = []
    due_now = [step for step in module.params["steps"] if due(step, release, state)]
    refuse(module, due_now)
    if due_now and not module.check_mode:
        refuse_beside_another(module)
    for number, step in enumerate(module.params["steps"], 1):
        if not due(step, release, state):
            continue
        ran.append(step["name"])
        if not module.check_mode:
            run(module, number, step)
    module.exit_json(changed=bool(ran), ran=ran)


if __name__ == "__main__":
    main()
