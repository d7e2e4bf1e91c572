#!/usr/bin/python
"""Tell how a host stands before and after a deploy: clock, room, memory, and what runs."""

from __future__ import annotations

import platform
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_memory import available
from ansible.module_utils.celeriac_room import RESERVE, free
from ansible.module_utils.celeriac_systemd import Systemd, of_application

DOCUMENTATION = r"""
module: celeriac_standing
short_description: Tells a host's clock, free disk and memory, and an application's instances in one call
description:
  - It changes nothing. The action plugin of this name adds when it was asked, by the control host's clock.
options:
  application: {description: The application., type: str, required: true}
  root: {description: Folder that holds C(releases)., type: path, required: true}
  state: {description: The application's folder for what the host remembers., type: path, required: true}
author: [Celeriac]
"""

RETURN = r"""
clock: {description: Seconds of the epoch., type: float, returned: always}
asked:
  description: The control host's clock before and after.
  type: list
  elements: float
  returned: always
platform:
  description: Distribution with its version, and architecture, for which a release is built.
  type: str
  returned: always
releases: {description: Names of the releases on the host., type: list, elements: str, returned: always}
disk_bytes: {description: "Free for releases, less what must stay free.", type: int, returned: always}
memory_bytes: {description: What new processes can get., type: int, returned: always}
paused:
  description: What stands before the slot in the names of units that a person has stopped.
  type: list
  elements: str
  returned: always
instances:
  description: "The application's instances that are not gone: C(state), C(enabled), C(status) (what it says of
    itself), C(memory) (bytes or null)."
  type: dict
  returned: always
"""

GONE = ("inactive", "failed")
NAMES = "Id,ActiveState,UnitFileState,MemoryCurrent,StatusText"
# systemd writes the largest number for a size that it does not know.
UNKNOWN = 2**64 - 1


def built_for(system: dict[str, str], architecture: str) -> str:
    """Return what a release's environment must find where it runs: its libraries are the system's."""
    return f"{system['ID']} {system.get('VERSION_ID', '(rolling)')} {architecture}"


def instances(states: dict[str, dict[str, str]]) -> dict[str, dict]:
    """Return what systemd says of instances, without those that are gone."""
    found = {}
    for name, state in states.items():
        memory = state.get("MemoryCurrent", "")
        if state["ActiveState"] not in GONE:
            found[name] = {
                "state": state["ActiveState"],
                "enabled": state.get("UnitFileState") == "enabled",
                "status": state.get("StatusText", ""),
                "memory": int(memory) if memory.isdigit() and int(memory) < UNKNOWN else None,
            }
    return found


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "application": {"type": "str", "required": True},
            "root": {"type": "path", "required": True},
            "state": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    clock = time.time()
    application, root = module.params["application"], Path(module.params["root"])
    try:
        states = Systemd(module).properties(of_application(application), NAMES)
        cgroups, meminfo = Path("/proc/1/cgroup").read_text(), Path("/proc/meminfo").read_text()
        module.exit_json(
            changed=False,
            clock=clock,
            platform=built_for(platform.freedesktop_os_release(), platform.machine()),
            releases=sorted(folder.name for folder in (root / "releases").glob("[0-9]*")),
            disk_bytes=max(0, free(root) - RESERVE),
            memory_bytes=available(meminfo, cgroups, Path("/sys/fs/cgroup")),
            paused=sorted(
                file.name for file in Path(module.params["state"], "paused").glob("celery-*")
            ),
            instances=instances(states),
        )
    except (OSError, RuntimeError) as error:
        module.fail_json(msg=f"this host could not be read: {error}")


if __name__ == "__main__":
    main()
