#!/usr/bin/python
"""Make services run with the files that are on the disk."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_service_state import show, verbs

DOCUMENTATION = r"""
module: celeriac_services
short_description: Starts and enables services, and restarts or reloads those older than their files
description:
  - Compares the times of the files with when systemd last began to start the unit, so that what an
    interrupted run has written is loaded by the next one. A handler would have been forgotten.
  - Starting waits for readiness. A service that fails is named with its last lines.
  - The clock of the host must not have been set back between start and writing.
options:
  services:
    description: Units, in the order in which they are looked after.
    type: list
    elements: dict
    required: true
    suboptions:
      name: {description: Full name of the unit., type: str, required: true}
      files: {description: Files whose change needs a restart., type: list, elements: path, default: []}
      reload_files: {description: Files whose change needs a reload., type: list, elements: path, default: []}
  written:
    description:
      - Files that this run has written, or in check mode would have; those count as younger.
    type: list
    elements: path
    default: []
  lines: {description: How many of its last lines the error shows., type: int, default: 15}
author: [Celeriac]
"""

RETURN = r"""
started: {description: Units started., type: list, returned: always}
restarted: {description: Units restarted because files are younger., type: list, returned: always}
reloaded: {description: Units reloaded because files are younger., type: list, returned: always}
enabled: {description: Units that now start with the host., type: list, returned: always}
"""

DONE = {"start": "started", "restart": "restarted", "reload": "reloaded", "enable": "enabled"}


class Failed(Exception):
    """systemd did not do what it was told; the message holds the unit's last lines."""


def order(module: AnsibleModule, verb: str, name: str) -> None:
    if verb == "start":  # after many failures systemd would refuse
        module.run_command(["systemctl", "reset-failed", name])
    code, _, error = module.run_command(["systemctl", "--quiet", verb, name])
    if code == 0:
        return
    lines = f"--lines={module.params['lines']}"
    _, last, _ = module.run_command(
        ["journalctl", "--no-pager", "--output=cat", f"--unit={name}", lines]
    )
    raise Failed(
        f"systemctl {verb} {name}: {error.strip()}\nIts last lines:\n{last.strip()}\n"
        f"Correct the cause and deploy again. On the host: journalctl -u {name}"
    )


def apply(module: AnsibleModule) -> dict:
    done: dict[str, list[str]] = {key: [] for key in DONE.values()}
    for service in module.params["services"]:
        name = service["name"]
        state = show(module, name)  # asked now: the one before may have restarted it
        stale = state["NeedDaemonReload"] == "yes" or state["LoadState"] == "not-found"
        if stale and not module.check_mode:
            module.run_command(["systemctl", "daemon-reload"], check_rc=True)
            state = show(module, name)
        for verb in verbs(state, service, module.params["written"]):
            if not module.check_mode:
                order(module, verb, name)
            done[DONE[verb]].append(name)
    return {"changed": any(done.values()), **done}


def main() -> None:
    service_options = {
        "name": {"type": "str", "required": True},
        "files": {"type": "list", "elements": "path", "default": []},
        "reload_files": {"type": "list", "elements": "path", "default": []},
    }
    module = AnsibleModule(
        argument_spec={
            "services": {
                "type": "list",
                "elements": "dict",
                "options": service_options,
                "required": True,
            },
            "written": {"type": "list", "elements": "path", "default": []},
            "lines": {"type": "int", "default": 15},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**apply(module))
    except Failed as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
