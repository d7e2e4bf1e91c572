#!/usr/bin/python
"""Tell which workers a release has to start on a host, and whether it can answer canaries."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_systemd import Systemd, action, instance, mark

DOCUMENTATION = r"""
module: celeriac_starting
short_description: Tells which units of a release would be started or restarted, and whether it knows canaries
description:
  - It changes nothing. Units of pools that a person has paused here would not be started.
options:
  release: {description: The release., type: str, required: true}
  root: {description: Folder that holds C(releases)., type: path, required: true}
  units:
    description: Units to run.
    type: list
    elements: dict
    required: true
    suboptions:
      name: {description: Name before the at sign., type: str, required: true}
      files: {description: Files that the unit reads when it starts., type: list, elements: path, default: []}
  state: {description: The application's folder for what the host remembers., type: path, required: true}
author: [Celeriac]
"""

RETURN = r"""
starting:
  description: Units that are not up to date. C(not_for) is the present run of one that is restarted.
  type: list
  elements: dict
  returned: always
proves:
  description: Whether the release can answer a canary and names its connections; one that was built before can not.
  type: bool
  returned: always
"""


def starting(states: dict[str, dict[str, str]], wanted: dict[str, dict]) -> list[dict[str, str]]:
    """Return the units that are not up to date. ``wanted`` is by instance, as ``states`` is."""
    found = []
    for name, unit in wanted.items():
        verb = action(states[name], unit["files"], [])
        if verb in ("start", "restart"):
            run = states[name]["InvocationID"] if verb == "restart" else ""
            found.append({"unit": unit["name"], "not_for": run})
    return found


def proves(root: Path, release: str) -> bool:
    """Whether the kit in the release's environment knows canaries."""
    packages = root / "releases" / release / "venv" / "lib"
    return any(packages.glob("python*/site-packages/celeriac/worker/canary.py"))


def main() -> None:
    unit_options = {
        "name": {"type": "str", "required": True},
        "files": {"type": "list", "elements": "path", "default": []},
    }
    module = AnsibleModule(
        argument_spec={
            "release": {"type": "str", "required": True},
            "root": {"type": "path", "required": True},
            "units": {
                "type": "list",
                "elements": "dict",
                "options": unit_options,
                "required": True,
            },
            "state": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    wanted = {
        instance(unit["name"], params["release"]): unit
        for unit in params["units"]
        if not mark(params["state"], "paused", unit["name"])
    }
    try:
        found = starting(Systemd(module).properties(list(wanted)), wanted)
    except RuntimeError as error:
        module.fail_json(msg=str(error))
    module.exit_json(
        changed=False,
        starting=found,
        proves=proves(Path(params["root"]), params["release"]),
    )


if __name__ == "__main__":
    main()
