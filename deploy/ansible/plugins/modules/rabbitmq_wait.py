#!/usr/bin/python
"""Wait until a node that was started is back in its cluster."""

from __future__ import annotations

import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_rabbitmq import BrokerError, Management, WrongPassword
from ansible.module_utils.celeriac_rabbitmq_cluster import Cluster, read, some

DOCUMENTATION = r"""
module: rabbitmq_wait
short_description: Waits until this RabbitMQ node and the others see each other, and its queue members run
description:
  - The next node must not be stopped before.
  - A node that does not know the administrator has not joined, which ends the waiting at once.
  - Check mode does nothing.
options:
  url: {description: Where the management API of this node is., type: str, required: true}
  username: {description: Name of the administrator., type: str, required: true}
  password: {description: The administrator's password., type: str, required: true}
  node: {description: Name of this node., type: str, required: true}
  running: {description: Nodes that run beside it., type: list, elements: str, required: true}
  timeout: {description: Seconds to wait., type: int, default: 120}
author: [Celeriac]
"""

MARK = Path("/var/lib/rabbitmq/.celeriac-restart")


def lacks(cluster: Cluster, node: str, running: set[str]) -> str:
    if absent := running - cluster.running:
        return f"it does not see {', '.join(sorted(absent))}"
    behind = [
        queue.title
        for queue in cluster.quorum_queues()
        if node in queue.members and node not in queue.online
    ]
    return f"its members of the queues {some(behind)} do not run" if behind else ""


def why_not_yet(broker: Management, node: str, running: set[str]) -> str:
    try:
        return lacks(read(broker), node, running)
    except WrongPassword:
        raise
    except BrokerError as error:
        return str(error)


def wait(params: dict) -> None:
    broker = Management(params["url"], params["username"], params["password"])
    running = {*params["running"], params["node"]}
    deadline = time.monotonic() + params["timeout"]
    while reason := why_not_yet(broker, params["node"], running):
        if time.monotonic() > deadline:
            raise BrokerError(f"It was waited for {params['timeout']} s: {reason}.")
        time.sleep(0.5)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "username": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
            "node": {"type": "str", "required": True},
            "running": {"type": "list", "elements": "str", "required": True},
            "timeout": {"type": "int", "default": 120},
        },
        supports_check_mode=True,
    )
    params = module.params
    if module.check_mode:
        module.exit_json(changed=False)
    try:
        wait(params)
    except WrongPassword:
        others = ", ".join(params["running"])
        module.fail_json(
            msg=f"{params['node']} started by itself and did not join {others}. Do the nodes reach each other on "
            "ports 4369 and 25672, by name? On the host: journalctl -u rabbitmq-server"
        )
    except BrokerError as error:
        module.fail_json(
            msg=f"{params['node']} was started and is not back. {error} The nodes after it were not touched. "
            "On the host: journalctl -u rabbitmq-server"
        )
    MARK.unlink(missing_ok=True)
    module.exit_json(changed=False)


if __name__ == "__main__":
    main()
