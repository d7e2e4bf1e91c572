#!/usr/bin/python
"""Make sure that the broker's administrator is ours and the well-known one is gone."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import tempfile
import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_rabbitmq import BrokerError, Management, WrongPassword

DOCUMENTATION = r"""
module: rabbitmq_administrator
short_description: Sets up a RabbitMQ administrator and removes guest
description:
  - Asks the management API with the password. Only where it is not accepted, C(rabbitmqctl) on this host
    imports the user with the salted hash of the password, so that the password is in no command line.
options:
  url:
    description: Where the management API of this host's broker is.
    type: str
    default: http://127.0.0.1:15672
  username: {description: Name of the administrator., type: str, required: true}
  password: {description: The administrator's password., type: str, required: true}
author: [Celeriac]
"""

RETURN = r"""
changes: {description: "What was, or in check mode would be, done.", type: list, elements: str, returned: always}
"""


HOME = "/var/lib/rabbitmq"  # rabbitmqctl runs as the user rabbitmq, who must get at the file
SALT_BYTES = 4
IMPORT_SECONDS = 15.0


def salted_hash(password: str) -> str:
    """The form in which RabbitMQ keeps a password."""
    salt = os.urandom(SALT_BYTES)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode(
        "ascii"
    )


def import_administrator(module: AnsibleModule, name: str, password: str) -> None:
    """Create the user or replace its password and tags.

    `rabbitmqctl add_user` would read the password from the terminal, where there
    is one, and wait for ever.
    """
    algorithm = "rabbit_password_hashing_sha256"
    user = {
        "name": name,
        "password_hash": salted_hash(password),
        "hashing_algorithm": algorithm,
        "tags": ["administrator"],
    }
    with tempfile.NamedTemporaryFile("w", dir=HOME, encoding="utf-8") as file:
        json.dump({"users": [user]}, file)
        file.flush()
        shutil.chown(file.name, "rabbitmq", "rabbitmq")
        code, out, error = module.run_command(
            ["rabbitmqctl", "--silent", "import_definitions", file.name]
        )
    if code != 0:
        raise BrokerError(f"rabbitmqctl import_definitions failed: {(error or out).strip()}")


def wait_until_accepted(broker: Management) -> None:
    """The import goes on after the command has ended."""
    deadline = time.monotonic() + IMPORT_SECONDS
    while True:
        try:
            return broker.check_administrator()
        except BrokerError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def run(module: AnsibleModule) -> list[str]:
    name, password = module.params["username"], module.params["password"]
    broker = Management(module.params["url"], name, password)
    changes = []
    try:
        broker.check_administrator()
    except WrongPassword:
        changes.append(f"set up the administrator {name}")
        if module.check_mode:
            return changes
        import_administrator(module, name, password)
        wait_until_accepted(broker)
    if broker.get("users/guest") is not None:
        changes.append("remove the user guest")
        if not module.check_mode:
            broker.send("DELETE", "users/guest")
    return changes


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "default": "http://127.0.0.1:15672"},
            "username": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
        },
        supports_check_mode=True,
    )
    try:
        changes = run(module)
    except BrokerError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(changes), changes=changes)


if __name__ == "__main__":
    main()
