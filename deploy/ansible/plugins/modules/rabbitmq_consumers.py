#!/usr/bin/python
"""Look whether certain clients consume from their queues."""

from __future__ import annotations

import time
from collections import defaultdict

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_rabbitmq import BrokerError, Management, segment

DOCUMENTATION = r"""
module: rabbitmq_consumers
short_description: Looks, from the broker's side, whether clients consume from each of their queues
description:
  - Clients are told apart by the name that they give to their connections.
  - Asks until all are seen, at most for O(timeout) seconds. It changes nothing, and fails in no case.
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
  expected:
    description: Names of connections, each with the queues it consumes from; without any, one will do.
    type: dict
    required: true
  timeout: {description: Seconds., type: int, default: 30}
author: [Celeriac]
"""

RETURN = r"""
missing: {description: A sentence for each that does not consume., type: list, elements: str, returned: always}
"""


def consumed(connections: list[dict], consumers: list[dict]) -> dict[str, set[str]]:
    """Return the queues that are consumed by the name that the client gave to its connection."""
    called = {one["name"]: one.get("user_provided_name") for one in connections}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for consumer in consumers:
        # A list, and empty, for a channel that has just ended.
        channel = consumer["channel_details"] or {}
        name = called.get(channel.get("connection_name"))
        if name:
            found[name].add(consumer["queue"]["name"])
    return dict(found)


def missing(found: dict[str, set[str]], expected: dict[str, list[str]]) -> list[str]:
    """Return a sentence for each expected connection that lacks a consumer."""
    sentences = []
    for name, queues in expected.items():
        absent = sorted({*queues} - found.get(name, set()))
        if absent:
            sentences.append(f"{name} is not seen to consume {', '.join(absent)}")
        elif name not in found:
            sentences.append(f"{name} is not seen to consume anything")
    return sentences


def look(broker: Management, vhost: str, expected: dict[str, list[str]]) -> list[str]:
    place = segment(vhost)
    consumers = broker.get(f"consumers/{place}") or []
    connections = broker.get(f"vhosts/{place}/connections?columns=name,user_provided_name") or []
    return missing(consumed(connections, consumers), expected)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "default": "http://127.0.0.1:15672"},
            "ca": {"type": "path"},
            "username": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
            "vhost": {"type": "str", "required": True},
            "expected": {"type": "dict", "required": True},
            "timeout": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
    )
    params = module.params
    deadline = time.monotonic() + params["timeout"]
    try:
        broker = Management(params["url"], params["username"], params["password"], ca=params["ca"])
        while (absent := look(broker, params["vhost"], params["expected"])) and (
            time.monotonic() < deadline
        ):
            time.sleep(0.2)
    except BrokerError as error:
        absent = [str(error)]
    module.exit_json(changed=False, missing=absent)


if __name__ == "__main__":
    main()
