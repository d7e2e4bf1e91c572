#!/usr/bin/python
"""Count the messages of each queue of a virtual host."""

from __future__ import annotations

import time

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_rabbitmq import BrokerError, Management, segment

DOCUMENTATION = r"""
module: rabbitmq_depths
short_description: Counts the messages in each queue, those that a consumer holds included
description:
  - The broker counts every five seconds, so a number may be that old.
  - It changes nothing.
options:
  url:
    description: Where the management API is.
    type: str
    default: http://127.0.0.1:15672
  ca:
    description: File on the host where this runs, with the authorities to trust over https; else the system's.
    type: path
  username: {description: A user with the tag C(administrator)., type: str, required: true}
  password: {description: The password of that user., type: str, required: true}
  vhost: {description: The virtual host., type: str, required: true}
author: [Celeriac]
"""

RETURN = r"""
queues: {description: Messages by the name of the queue., type: dict, returned: always}
"""


# The broker counts again every five; a queue that was declared since has no count yet.
PATIENCE = 15.0


def depths(queues: list[dict]) -> dict[str, int]:
    """Return the messages by queue; raise `BrokerError` where the broker does not know them."""
    unknown = sorted(queue["name"] for queue in queues if "messages" not in queue)
    if unknown:
        raise BrokerError(
            f"The broker does not know how many messages are in {', '.join(unknown)}. Such a queue has "
            "no leader: look at it with `rabbitmqctl list_queues`, and deploy again."
        )
    return {queue["name"]: queue["messages"] for queue in queues}


def ask(broker: Management, vhost: str) -> dict[str, int]:
    """Ask until every queue is counted; raise `BrokerError` if that takes too long."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = broker.get(f"queues/{segment(vhost)}?columns=name,messages") or []
        if time.monotonic() > deadline or all("messages" in queue for queue in found):
            return depths(found)
        time.sleep(0.5)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "default": "http://127.0.0.1:15672"},
            "ca": {"type": "path"},
            "username": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
            "vhost": {"type": "str", "required": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    try:
        broker = Management(params["url"], params["username"], params["password"], ca=params["ca"])
        module.exit_json(changed=False, queues=ask(broker, params["vhost"]))
    except BrokerError as error:
        module.fail_json(msg=f"virtual host {params['vhost']}: {error}")


if __name__ == "__main__":
    main()
