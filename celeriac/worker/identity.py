"""How the broker calls this process's connections, in its own lists and pages.

A deploy tells the consumers of a new worker from those of the old one by it.
"""

from collections.abc import Mapping

# Environment variable with the name: mail-1@worker1/20261122T0912.
NAME = "CELERIAC_CONNECTION"


def install(environment: Mapping[str, str]) -> None:
    """Give the name to every connection that this process opens from now on.

    By py-amqp's own default, so that no setting of the application has to name it: what a client
    says of itself is a part of the transport's options, which many applications set as a whole.
    """
    name = environment.get(NAME)
    if name:
        from amqp import Connection

        Connection.library_properties = {**Connection.library_properties, "connection_name": name}
