#!/usr/bin/python
"""Make a node ready to be stopped, as soon as the others can do without it."""

from __future__ import annotations

import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_rabbitmq import BrokerError, Management
from ansible.module_utils.celeriac_rabbitmq_cluster import read

DOCUMENTATION = r"""
module: rabbitmq_drain
short_description: Waits until no queue needs this RabbitMQ node, and moves its leaders and clients away
description:
  - Waits until the nodes in O(running) run and every quorum queue would keep most of its members without this one.
  - Leaves a mark, so that a deploy that ends before the node is back is told from a node that failed.
    C(rabbitmq_wait) removes it.
  - A cluster of one or two cannot do without a node. It may be stopped all the same; nothing is lost, but all wait.
  - Check mode does nothing.
options:
  url: {description: Where the management API of this node is., type: str, required: true}
  username: {description: Name of the administrator., type: str, required: true}
  password: {description: The administrator's password., type: str, required: true}
  running: {description: Nodes that have to run., type: list, elements: str, required: true}
  postpone:
    description: Whether to leave a node that the others need as it is, with a warning, instead of failing.
    type: bool
    default: false
  timeout: {description: Seconds to wait., type: int, default: 120}
author: [Celeriac]
"""

RETURN = r"""
postponed: {description: Why the node must not be stopped now; empty if it may., type: str, returned: always}
"""

MARK = Path("/var/lib/rabbitmq/.celeriac-restart")
DISPENSABLE = 3  # nodes of a cluster that can do without one


def why_not_yet(broker: Management, running: set[str]) -> str:
    cluster = read(broker)
    if absent := running - cluster.running:
        return f"{', '.join(sorted(absent))} does not run"
    if len(cluster.members) < DISPENSABLE:
        return ""
    try:
        broker.get("health/checks/node-is-quorum-critical")
    except BrokerError as error:
        return str(error)
    return ""


def why_not(broker: Management, params: dict) -> str:
    """Return what still speaks against stopping the node when the time is over."""
    running = set(params["running"])
    deadline = time.monotonic() + params["timeout"]
    while reason := why_not_yet(broker, running):
        if params["postpone"] or time.monotonic() > deadline:
            break
        time.sleep(1)
    return reason


def drain(module: AnsibleModule) -> str:
    params = module.params
    broker = Management(params["url"], params["username"], params["password"])
    reason = why_not(broker, params)
    if reason and not params["postpone"]:
        raise BrokerError(
            f"This node needs a restart and was left running: the others cannot do without it. {reason} "
            f"It was waited for {params['timeout']} s. docs/broker.md tells how to find out why."
        )
    if reason:
        return reason
    MARK.touch()
    # A single node has nowhere to move anything; and the tools may speak its new protocol already.
    if len(read(broker).members) > 1:
        code, out, error = module.run_command(["rabbitmq-upgrade", "--silent", "drain"])
        if code != 0:
            raise BrokerError(f"rabbitmq-upgrade drain failed: {(error or out).strip()}")
    return ""


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "username": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
            "running": {"type": "list", "elements": "str", "required": True},
            "postpone": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 120},
        },
        supports_check_mode=True,
    )
    if module.check_mode:
        module.exit_json(changed=False, postponed="")
    try:
        postponed = drain(module)
    except BrokerError as error:
        module.fail_json(msg=str(error))
    if postponed:
        module.warn(
            f"This node needs a restart, which waits for a deploy when the broker is whole: {postponed}"
        )
    # The restart that follows is the change.
    module.exit_json(changed=False, postponed=postponed)


if __name__ == "__main__":
    main()
