#!/usr/bin/python
"""Tell which releases of an application run on a host, and which tasks they have."""

from __future__ import annotations

import json
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_systemd import ALIVE, Systemd, of_application, release_of

DOCUMENTATION = r"""
module: celeriac_manifests
short_description: Reads the tasks of a release, and of the others of which a process runs on this host
description:
  - A process that finishes its work counts as running, and so does one that systemd would start, now or with the
    host, since messages wait for it.
  - It changes nothing.
options:
  application: {description: The application., type: str, required: true}
  root: {description: Folder that holds C(releases)., type: path, required: true}
  release: {description: Name of the release that is to run., type: str, required: true}
author: [Celeriac]
"""

RETURN = r"""
manifest:
  description: C(tasks.json) of the release; null where the release, or the file in it, is not here.
  type: dict
  returned: always
running: {description: The same for each other release that runs., type: dict, returned: always}
"""


def manifest(root: Path, release: str) -> dict | None:
    try:
        return json.loads((root / "releases" / release / "tasks.json").read_text())
    except FileNotFoundError:
        return None


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "application": {"type": "str", "required": True},
            "root": {"type": "path", "required": True},
            "release": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    application, root = module.params["application"], Path(module.params["root"])
    own = module.params["release"]
    try:
        systemd, patterns = Systemd(module), of_application(application)
        units = systemd.listed(*patterns, states=ALIVE)
        for pattern in patterns:
            units += systemd.enabled(pattern)
        others = {release_of(unit) for unit in units} - {own}
        module.exit_json(
            changed=False,
            manifest=manifest(root, own),
            running={name: manifest(root, name) for name in sorted(others)},
        )
    except RuntimeError as error:
        module.fail_json(msg=str(error))
    except (OSError, ValueError) as error:
        module.fail_json(msg=f"{root}/releases: a tasks.json cannot be read: {error}")


if __name__ == "__main__":
    main()
