#!/usr/bin/python
"""Write down what a deploy was made of and how it left a host, so that the next one can be told from it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_stamp import STAMP, Unclear, look, newest

DOCUMENTATION = r"""
module: celeriac_stamp
short_description: Leaves a stamp on a host, by which the next deploy sees that nothing has changed
description:
  - It says a digest of what the deploy was made of, and digests of how the host is now.
  - Where a part cannot be looked at there is no stamp, so that the next deploy looks at everything. That is no failure.
options:
  inputs: {description: Digest of what the deploy was made of., type: str, required: true}
  since:
    description: When the deploy began, in seconds of the epoch. What was changed since nobody has looked at.
    type: int
    required: true
  unseen:
    description: Parts that the deploy could not look at. Then there is no stamp.
    type: list
    elements: str
    default: []
  application: {description: The application., type: str, required: true}
  root: {description: Folder of the application's releases., type: path, required: true}
  state: {description: "The application's folder, in which the stamp is.", type: path, required: true}
  archives: {description: Folder of its archives on the build host., type: path, required: true}
  answers:
    description: What the host has to answer itself, as M(celeriac_settled) has it.
    type: list
    elements: dict
    default: []
  broker: {description: The management API to ask; C(url) and C(user)., type: dict}
  broker_password: {description: Password of that user. It is not written down., type: str}
  database: {description: The server on this host to ask; C(port) and C(name)., type: dict}
author: [Celeriac]
"""

QUESTION = ("application", "root", "state", "archives", "answers", "broker", "database")

RETURN = r"""
unclear: {description: Why there is no stamp; empty if there is one., type: str, returned: always}
"""


def write(path: Path, stamp: dict) -> None:
    """Write a file whole or not at all; root alone may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    descriptor = os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(json.dumps(stamp))
    new.replace(path)


def apply(params: dict) -> str:
    """Leave the stamp; return why there is none, if so."""
    path = Path(params["state"], STAMP)
    asked = {key: params[key] for key in QUESTION}
    try:
        path.unlink(missing_ok=True)
        # Once the folder is there, what the host remembers does not change by the stamp.
        path.parent.mkdir(parents=True, exist_ok=True)
        if params["unseen"]:
            raise Unclear(f"not looked at: {', '.join(params['unseen'])}")
        found = look(asked, {"broker": params["broker_password"] or ""})
        if newest() >= params["since"]:
            raise Unclear("files were changed meanwhile")
        stamp = {"inputs": params["inputs"], "when": time.time(), "question": asked, "found": found}
        write(path, stamp)
    except Unclear as error:
        return str(error)
    except OSError as error:
        return str(error)
    return ""


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "inputs": {"type": "str", "required": True},
            "since": {"type": "int", "required": True},
            "unseen": {"type": "list", "elements": "str", "default": []},
            "application": {"type": "str", "required": True},
            "archives": {"type": "path", "required": True},
            "root": {"type": "path", "required": True},
            "state": {"type": "path", "required": True},
            "answers": {"type": "list", "elements": "dict", "default": []},
            "broker": {"type": "dict"},
            "broker_password": {"type": "str", "no_log": True},
            "database": {"type": "dict"},
        },
        supports_check_mode=True,
    )
    unclear = "" if module.check_mode else apply(module.params)
    module.exit_json(changed=False, unclear=unclear)


if __name__ == "__main__":
    main()
