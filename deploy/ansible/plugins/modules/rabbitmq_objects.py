#!/usr/bin/python
"""Make the objects of one virtual host what the description says."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_rabbitmq import BrokerError, Management
from ansible.module_utils.celeriac_rabbitmq_plan import Plan, compare

DOCUMENTATION = r"""
module: rabbitmq_objects
short_description: Declares a virtual host with its users, rights, exchanges, queues, bindings and policies
description:
  - Reads the broker's definitions in one request to the management API, compares, and writes only what differs.
    It serves brokers of ours and external ones, and needs nothing but Python on the host where it runs.
  - Whether a password is the right one is told from the salted hash that the broker keeps.
  - An exchange or queue whose type or arguments differ cannot be changed. Then nothing at all is written, and the
    error names each such object with the remedy.
  - What the virtual host has and the description no longer does is reported, never removed. A release that
    drains may still use it, and on a quorum queue no request deletes "only if empty".
  - Check mode shows the same changes and writes nothing.
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
  objects:
    description:
      - C(vhost), C(users), C(permissions), C(topic_permissions), C(exchanges), C(queues), C(bindings) and C(policies),
        as in C(broker.objects) of the derived document.
    type: dict
    required: true
  secrets:
    description: Passwords of the users, by the name of the secret that each user names.
    type: dict
    required: true
  complete:
    description: Whether nobody but this module declares objects in the virtual host, so that others are reported.
    type: bool
    default: true
  keep:
    description:
      - Whether permissions, topic permissions and the times for which consumers may hold a message only grow, because
        a release before this one may still run. Without it they become what is described.
    type: bool
    default: false
author: [Celeriac]
"""

EXAMPLES = r"""
- name: Declare the objects on somebody else's broker
  rabbitmq_objects:
    url: https://mq.example.org:15671
    ca: /etc/celeriac/tls/broker-ca.crt
    username: celeriac
    password: "{{ celeriac_secrets.environment.broker_password }}"
    objects: "{{ celeriac.broker.objects }}"
    secrets: "{{ celeriac_secrets.applications[celeriac.application] }}"

- name: Declare the broker's objects
  rabbitmq_objects:
    username: admin
    password: "{{ celeriac_secrets.environment.rabbitmq_admin_password }}"
    objects: "{{ celeriac.broker.objects }}"
    secrets: "{{ celeriac_secrets.applications[celeriac.application] }}"
"""

RETURN = r"""
changes: {description: "What was, or in check mode would be, done.", type: list, elements: str, returned: always}
stale: {description: Objects of the virtual host that are not described., type: list, elements: str, returned: always}
kept: {description: Objects that stay more than is described., type: list, elements: str, returned: always}
"""


def carry_out(broker: Management, plan: Plan) -> None:
    """Send the requests in order; a failure says how far it came, and a second run goes on."""
    for number, change in enumerate(plan.changes):
        thing = change.thing
        try:
            broker.send(thing.method, thing.path, thing.properties | thing.hidden)
        except BrokerError as error:
            raise BrokerError(
                f"{change.summary}: {error} {number} of {len(plan.changes)} changes were made."
            ) from error


def run(module: AnsibleModule) -> dict:
    params = module.params
    broker = Management(params["url"], params["username"], params["password"], ca=params["ca"])
    broker.check_administrator()
    plan = compare(
        params["objects"],
        params["secrets"],
        broker.get("definitions"),
        complete=params["complete"],
        keep=params["keep"],
    )
    if plan.refused:
        raise BrokerError("Nothing was written. " + ". ".join(plan.refused) + ".")
    if not module.check_mode:
        carry_out(broker, plan)
    lines = {
        when: "".join(
            f"{getattr(change, when)}\n" for change in plan.changes if getattr(change, when)
        )
        for when in ("before", "after")
    }
    return {
        "changed": bool(plan.changes),
        "changes": [change.summary for change in plan.changes],
        "stale": plan.stale,
        "kept": plan.kept,
        "diff": lines,
    }


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "url": {"type": "str", "default": "http://127.0.0.1:15672"},
            "ca": {"type": "path"},
            "username": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
            "objects": {"type": "dict", "required": True},
            "secrets": {"type": "dict", "required": True, "no_log": True},
            "complete": {"type": "bool", "default": True},
            "keep": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    vhost = module.params["objects"]["vhost"]["name"]
    try:
        result = run(module)
    except BrokerError as error:
        module.fail_json(msg=f"virtual host {vhost}: {error}")
    except KeyError as error:
        module.fail_json(
            msg=f"virtual host {vhost}: there is no secret {error} for a user of the broker. Run: make secrets ENV=…"
        )
    if result["stale"]:
        module.warn(
            f"virtual host {vhost} has objects that are not described any more: {', '.join(result['stale'])}. "
            "They were left as they are; remove them on the broker once nothing needs them."
        )
    module.exit_json(**result)


if __name__ == "__main__":
    main()
