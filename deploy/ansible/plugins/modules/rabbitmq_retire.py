#!/usr/bin/python
"""Remove users with whom nobody is connected."""

from __future__ import annotations

import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_rabbitmq import BrokerError, Management, segment

DOCUMENTATION = r"""
module: rabbitmq_retire
short_description: Removes users of a broker once nobody is connected with them
description:
  - A user who is connected stays, because the broker would close the connection with it. So does one who comes
    and goes, if a connection is seen.
  - Who loses its connection in the moment of the removal cannot come back. Give processes their new user first.
  - A user that is not there is removed already.
options:
  url: {description: Where the management API is., type: str, default: "http://127.0.0.1:15672"}
  username: {description: A user with the tag C(administrator)., type: str, required: true}
  password: {description: The password of that user., type: str, required: true}
  users: {description: Names of the users., type: list, elements: str, required: true}
  timeout: {description: Seconds to wait for connections to end., type: int, default: 15}
author: [Celeriac]
"""

RETURN = r"""
removed: {description: Users that were removed., type: list, elements: str, returned: always}
connected: {description: Users that stay., type: list, elements: str, returned: always}
"""


def connected(broker: Management, users: list[str]) -> list[str]:
    """Return those of the users who have a connection to any virtual host."""
    return [user for user in users if broker.get(f"connections/username/{segment(user)}")]


def run(params: dict, *, check: bool) -> dict:
    broker = Management(params["url"], params["username"], params["password"])
    there = {user["name"] for user in broker.get("users?columns=name")}
    users = [user for user in params["users"] if user in there]
    deadline = time.monotonic() + params["timeout"]
    while (busy := connected(broker, users)) and not check and time.monotonic() < deadline:
        time.sleep(0.5)
    removed = [user for user in users if user not in busy]
    for user in [] if check else removed:
        broker.send("DELETE", f"users/{segment(user)}")
    return {"changed": bool(removed), "removed": removed, "connected": busy}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "default": "http://127.0.0.1:15672"},
            "username": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
            "users": {"type": "list", "elements": "str", "required": True},
            "timeout": {"type": "int", "default": 15},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**run(module.params, check=module.check_mode))
    except BrokerError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
