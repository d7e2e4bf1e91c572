#!/usr/bin/python
"""Look at the RabbitMQ node of this host, without changing anything."""

from __future__ import annotations

import re
import shutil
import socket
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_rabbitmq import BrokerError, Management, WrongPassword

DOCUMENTATION = r"""
module: rabbitmq_node
short_description: Tells what state the RabbitMQ node of this host is in
description:
  - Needs neither RabbitMQ nor an answer from it. It changes nothing.
options:
  node: {description: "The node's name, C(rabbit@HOST).", type: str, required: true}
  nodes: {description: Names of all nodes of the cluster., type: list, elements: str, required: true}
  address: {description: Address on which the others reach this node., type: str, required: true}
  url: {description: Where the management API of this node is., type: str, required: true}
  username: {description: Name of the administrator., type: str, required: true}
  password: {description: The administrator's password., type: str, required: true}
  cookie: {description: The Erlang cookie that the node should have., type: str, required: true}
  tls: {description: Whether nodes should speak TLS with one another., type: bool, required: true}
author: [Celeriac]
"""

RETURN = r"""
state:
  description:
    - C(fresh) has no data, C(stopped) has data and does not run, C(silent) runs and its management API does not
      answer (it starts, or has paused because it sees too few others), C(locked) answers and refuses the
      administrator's password, C(running) answers.
  type: str
  returned: always
interrupted: {description: Whether a deploy stopped it and did not see it back., type: bool, returned: always}
known: {description: Nodes that the data on the disk names as members of the cluster., type: list, returned: always}
cannot_roll: {description: Settings that differ and that all nodes must change at once., type: list, returned: always}
names: {description: What is wrong with the nodes' names as resolved here., type: list, returned: always}
disk_bytes: {description: Size of the file system that holds the data., type: int, returned: always}
"""

START_SECONDS = 60.0  # how long a node that starts is waited for
HOME = Path("/var/lib/rabbitmq")
MARKER = HOME / ".celeriac-restart"
COOKIE = HOME / ".erlang.cookie"
ENVIRONMENT = Path("/etc/rabbitmq/rabbitmq-env.conf")


def members_on_disk(node: str) -> list[str]:
    """The cluster as the node saw it last; empty for one that never was part of any."""
    file = HOME / "mnesia" / node / "cluster_nodes.config"
    if not file.is_file():
        return []
    # Erlang terms: {[disc nodes],[nodes that ran]}.
    return sorted(set(re.findall(r"rabbit@[\w.-]+", file.read_text())))


def unit(module: AnsibleModule) -> tuple[str, str]:
    """Return ``ActiveState`` and ``SubState``; a unit that is not installed is inactive."""
    command = ["systemctl", "show", "--property=ActiveState,SubState", "rabbitmq-server.service"]
    _, out, _ = module.run_command(command, check_rc=True)
    properties = dict(line.split("=", 1) for line in out.splitlines())
    return properties["ActiveState"], properties["SubState"]


def answer(params: dict) -> str:
    broker = Management(params["url"], params["username"], params["password"])
    try:
        broker.check_administrator()
    except WrongPassword:
        return "locked"
    except BrokerError:
        return "silent"
    return "running"


def state(module: AnsibleModule, known: list[str]) -> str:
    deadline = time.monotonic() + START_SECONDS
    while True:
        active, sub = unit(module)
        # A unit that waits for its next try does not run either.
        if active in ("inactive", "failed") or sub == "auto-restart":
            return "stopped" if known else "fresh"
        found = answer(module.params)
        if found != "silent" or active == "active" or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


def cannot_roll(cookie: str, tls: bool) -> list[str]:
    """Nodes that differ in one of these do not hear each other."""
    found = []
    if COOKIE.is_file() and COOKIE.read_text() != cookie:
        found.append("the Erlang cookie")
    if ENVIRONMENT.is_file() and ("inet_tls" in ENVIRONMENT.read_text()) != tls:
        found.append("TLS between the nodes")
    return found


def addresses(name: str) -> list[str]:
    try:
        return sorted({found[4][0] for found in socket.getaddrinfo(name, None)})
    except OSError:
        return []


def names(node: str, nodes: list[str], address: str) -> list[str]:
    """A node listens on one address, and everybody finds it by its name alone."""
    problems = []
    for name in (one.partition("@")[2] for one in nodes):
        found = addresses(name)
        if not found:
            problems.append(f"the name {name} does not resolve")
        elif name == node.partition("@")[2] and not set(addresses(address)) & set(found):
            problems.append(
                f"its own name {name} is {', '.join(found)} here and should be {address}"
            )
    return problems


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "node": {"type": "str", "required": True},
            "nodes": {"type": "list", "elements": "str", "required": True},
            "address": {"type": "str", "required": True},
            "url": {"type": "str", "required": True},
            "username": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
            "cookie": {"type": "str", "required": True, "no_log": True},
            "tls": {"type": "bool", "required": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    known = members_on_disk(params["node"])
    folder = HOME if HOME.is_dir() else HOME.parent
    module.exit_json(
        changed=False,
        state=state(module, known),
        interrupted=MARKER.exists(),
        known=known,
        cannot_roll=cannot_roll(params["cookie"], params["tls"]),
        names=names(params["node"], params["nodes"], params["address"]),
        disk_bytes=shutil.disk_usage(folder).total,
    )


if __name__ == "__main__":
    main()
