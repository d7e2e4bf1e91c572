#!/usr/bin/python
"""Decide whether a deploy may go on with the cluster as it is."""

from __future__ import annotations

from ansible.module_utils import celeriac_rabbitmq_verdict as verdict
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_rabbitmq import BrokerError, Management
from ansible.module_utils.celeriac_rabbitmq_cluster import lacking, old_machines, read, uneven

DOCUMENTATION = r"""
module: rabbitmq_examine
short_description: Refuses a RabbitMQ cluster that is not whole, with what is wrong and what to do
description:
  - Asks one running node, and changes nothing.
options:
  url: {description: Where the management API of a running node is., type: str, required: true}
  username: {description: Name of the administrator., type: str, required: true}
  password: {description: The administrator's password., type: str, required: true}
  nodes:
    description:
      - By the name of each node in the inventory, what C(rabbitmq_node) said of it and its C(host). C(state) is
        C(away) for one that was not asked.
    type: dict
    required: true
  accept_degraded: {description: Whether to go on with a cluster that is not whole., type: bool, default: false}
  stop_removed:
    description: Whether the deploy will stop a node that left the inventory and runs.
    type: bool
    default: false
author: [Celeriac]
"""

RETURN = r"""
running: {description: Nodes of the inventory that run., type: list, elements: str, returned: always}
accepted: {description: What is wrong and was accepted., type: list, elements: str, returned: always}
settled: {description: Whether C(rabbitmq_settle) would have nothing to do., type: bool, returned: always}
replaced: {description: Members whose host was installed anew., type: list, elements: str, returned: always}
forgotten:
  description: Nodes that hold data of this cluster, which has forgotten them.
  type: list
  elements: str
  returned: always
"""


def run(params: dict) -> dict:
    broker = Management(params["url"], params["username"], params["password"])
    cluster, nodes = read(broker), params["nodes"]
    if reasons := verdict.refused(cluster, nodes, stop_removed=params["stop_removed"]):
        raise BrokerError(f"Nothing was changed. {'. '.join(reasons)}.")
    wrong = verdict.degraded(cluster, nodes, old_machines(broker, cluster))
    if wrong and not params["accept_degraded"]:
        raise BrokerError(
            f"The broker is not whole: {'; '.join(wrong)}. Nothing was changed. docs/broker.md tells what to do; "
            "to go on in spite of it: `make deploy ACCEPT_DEGRADED_BROKER=1`."
        )
    return {
        "running": sorted(cluster.running & nodes.keys()),
        "accepted": wrong,
        "settled": cluster.members == nodes.keys()
        and not (any(lacking(cluster, cluster.running)) or uneven(cluster)),
        "replaced": verdict.replaced(cluster, nodes),
        "forgotten": verdict.forgotten(cluster, nodes),
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "required": True},
            "username": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
            "nodes": {"type": "dict", "required": True},
            "accept_degraded": {"type": "bool", "default": False},
            "stop_removed": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    try:
        result = run(module.params)
    except BrokerError as error:
        module.fail_json(msg=str(error))
    for line in result["accepted"]:
        module.warn(f"The broker is not whole, which was accepted: {line}.")
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
