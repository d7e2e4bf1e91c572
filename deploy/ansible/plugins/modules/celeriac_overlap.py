#!/usr/bin/python
"""Tell which workers a release has to start on a host, and whether it may run them beside the old."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_systemd import Systemd, action, instance, release_of

DOCUMENTATION = r"""
module: celeriac_overlap
short_description: Looks before the new workers of a release run beside the old ones
description:
  - Fails where the host has not the memory for both, and where too many releases would finish their tasks at the
    same time; each of these with its remedy. It changes nothing.
  - The limits of the units are compared with what the host could give without swapping (C(MemAvailable)).
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
      memory: {description: Its limit in bytes., type: int, required: true}
      overlap: {description: Whether the old one runs while it starts., type: bool, required: true}
  others: {description: Patterns of the application's workers., type: list, elements: str, required: true}
  draining: {description: How many releases may finish their tasks at the same time., type: int, required: true}
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

MIB = 1024 * 1024


class Refused(Exception):
    """The new workers may not run beside the old ones; the text says why and what to do."""


def starting(states: dict[str, dict[str, str]], wanted: dict[str, dict]) -> list[dict[str, str]]:
    """Return the units that are not up to date. ``wanted`` is by instance, as ``states`` is."""
    found = []
    for name, unit in wanted.items():
        verb = action(states[name], unit["files"])
        if verb in ("start", "restart"):
            run = states[name]["InvocationID"] if verb == "restart" else ""
            found.append({"unit": unit["name"], "not_for": run})
    return found


def check_memory(units: list[dict], doubled: set[str], available: int) -> None:
    """Raise `Refused` if the units in ``doubled`` (by name) do not fit into the bytes ``available``."""
    beside = [unit for unit in units if unit["overlap"] and unit["name"] in doubled]
    needed = sum(unit["memory"] for unit in beside)
    if needed > available:
        names = ", ".join(f"{unit['name']} {unit['memory'] // MIB} MiB" for unit in beside)
        raise Refused(
            f"The new workers may take {needed // MIB} MiB beside the old ones ({names}), and this host has "
            f"{available // MIB} MiB available. Write `overlap: false` for a pool of them in celeriac.yml, which "
            "stops its old workers first, or lower their memory, or give the host more."
        )


def check_generations(running: set[str], draining: dict[str, str], limit: int) -> None:
    """Raise `Refused` if more than ``limit`` releases would drain.

    ``running`` are the releases that are to drain from now on; ``draining`` those instances that do so
    already, each with what it says of itself.
    """
    already = {release_of(name) for name in draining}
    if already and len(already | running) > limit:
        told = "\n".join(f"  {name}: {status or 'no word'}" for name, status in draining.items())
        raise Refused(
            f"{len(already)} releases still finish their tasks here, and {len(already | running)} would; at most "
            f"{limit} may (releases/draining in celeriac.yml):\n{told}\n"
            "Wait until one has ended (`celeriac status` shows them), then deploy again."
        )


def available() -> int:
    """Bytes that the host could give without swapping."""
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/meminfo does not tell MemAvailable")


def proves(root: Path, release: str) -> bool:
    """Whether the kit in the release's environment knows canaries."""
    packages = root / "releases" / release / "venv" / "lib"
    return any(packages.glob("python*/site-packages/celeriac/worker/canary.py"))


def look(module: AnsibleModule) -> dict:
    params, systemd = module.params, Systemd(module)
    wanted = {instance(unit["name"], params["release"]): unit for unit in params["units"]}
    found = starting(systemd.properties(list(wanted)), wanted)
    if found:
        old = {name for one in params["others"] for name in systemd.active(one)} - {*wanted}
        ending = {name for one in params["others"] for name in systemd.draining(one)} - {*wanted}
        states = systemd.properties(sorted(ending))
        told = {name: state["StatusText"] for name, state in states.items()}
        check_generations({release_of(name) for name in old}, told, params["draining"])
        doubled = {name.partition("@")[0] for name in old} & {one["unit"] for one in found}
        check_memory(params["units"], doubled, available())
    return {
        "changed": False,
        "starting": found,
        "proves": proves(Path(params["root"]), params["release"]),
    }


def main() -> None:
    unit_options = {
        "name": {"type": "str", "required": True},
        "files": {"type": "list", "elements": "path", "default": []},
        "memory": {"type": "int", "required": True},
        "overlap": {"type": "bool", "required": True},
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
            "others": {"type": "list", "elements": "str", "required": True},
            "draining": {"type": "int", "required": True},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**look(module))
    except (Refused, RuntimeError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
