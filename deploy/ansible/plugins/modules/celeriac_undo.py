#!/usr/bin/python
"""Stop what a deploy has started on this host, where what ran before still serves."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_systemd import RUNNING, Systemd

DOCUMENTATION = r"""
module: celeriac_undo
short_description: Takes back a release's instances that were started since the deploy began
description:
  - An instance is told to stop and not waited for, so that it finishes what it took meanwhile.
  - One that ran before the deploy stays. So does one whose predecessor was told to stop already, because
    nothing would serve then.
options:
  release: {description: The instance name., type: str, required: true}
  units: {description: Names of the units before the at sign., type: list, elements: str, required: true}
  before:
    description: RV(celeriac_standing#module:instances) of this host when the deploy began.
    type: dict
    required: true
author: [Celeriac]
"""

RETURN = r"""
stopped: {description: Instances that were told to stop., type: list, elements: str, returned: always}
kept: {description: Instances that go on in place of those before them., type: list, elements: str, returned: always}
running:
  description: "Instances of other releases that ran before, and still do."
  type: list
  elements: str
  returned: always
"""


def apply(module: AnsibleModule) -> dict:
    params, systemd = module.params, Systemd(module)
    ran = {name for name, was in params["before"].items() if was["state"] in RUNNING}
    new = {f"{unit}@{params['release']}.service": unit for unit in params["units"]}
    states = systemd.properties(sorted({*new, *ran}))
    now = {name for name, state in states.items() if state["ActiveState"] in RUNNING}
    stopped, kept = [], []
    for instance, unit in new.items():
        if instance in ran or instance not in now:
            continue
        predecessors = {name for name in ran if name.startswith(f"{unit}@")}
        if predecessors and not predecessors & now:
            kept.append(instance)
            continue
        stopped.append(instance)
        if not module.check_mode:
            systemd.run("disable", "--quiet", instance, check=False)
            systemd.run("stop", "--no-block", instance)
    running = sorted(
        name for name in (ran & now) - {*new} if name.partition("@")[0] in new.values()
    )
    return {"changed": bool(stopped), "stopped": stopped, "kept": kept, "running": running}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "release": {"type": "str", "required": True},
            "units": {"type": "list", "elements": "str", "required": True},
            "before": {"type": "dict", "required": True},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**apply(module))
    except RuntimeError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
