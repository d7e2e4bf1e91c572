#!/usr/bin/python
"""Stop a node whose data is of no use, and put the data where it does no harm."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: rabbitmq_aside
short_description: Stops the RabbitMQ node of this host and renames the folder of its data
description:
  - For a node that did not join its cluster, or that the cluster has forgotten. It is new afterwards.
  - Nothing is deleted; the folder stays beside, with the time in its name.
options:
  node: {description: The node's name., type: str, required: true}
author: [Celeriac]
"""

RETURN = r"""
aside: {description: Where the data is now., type: str, returned: changed}
"""

FOLDER = Path("/var/lib/rabbitmq/mnesia")


def main() -> None:
    module = AnsibleModule(
        argument_spec={"node": {"type": "str", "required": True}}, supports_check_mode=True
    )
    data = FOLDER / module.params["node"]
    if not data.is_dir():
        module.exit_json(changed=False)
    aside = data.with_name(f"{data.name}.aside-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    if not module.check_mode:
        module.run_command(["systemctl", "stop", "rabbitmq-server.service"], check_rc=True)
        try:
            data.rename(aside)
        except OSError as error:
            module.fail_json(msg=f"{data} cannot be renamed: {error.strerror}")
    module.exit_json(changed=True, aside=str(aside))


if __name__ == "__main__":
    main()
