"""TLS to the broker, with its certificate checked against the environment's authority."""

# mypy: allow-untyped-calls
import os
import ssl
from typing import Any

from kombu.transport import TRANSPORT_ALIASES
from kombu.transport.pyamqp import SSLTransport

# Names the file of certificates to trust.
AUTHORITY = "CELERIAC_CA"


class VerifiedTransport(SSLTransport):
    """kombu's transport for amqps://, which checks no certificate unless it is told to.

    Told by Celery's `broker_use_ssl`, it would check every broker of a list against the name of
    the first that it reached: it writes that name into the one dictionary that all share.
    """

    def establish_connection(self) -> Any:
        broker: Any = self.client
        broker.ssl = {
            "ca_certs": os.environ[AUTHORITY],
            "cert_reqs": ssl.CERT_REQUIRED,
            "server_hostname": broker.hostname,
        }
        return super().establish_connection()


def install() -> None:
    """Use it for every amqps:// URL of this process, where CELERIAC_CA names an authority."""
    if os.environ.get(AUTHORITY):
        TRANSPORT_ALIASES["amqps"] = f"{__name__}:{VerifiedTransport.__name__}"
