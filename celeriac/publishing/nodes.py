"""The broker's nodes, of which any will do."""

from collections import deque
from collections.abc import Callable

import amqp
from amqp.exceptions import AMQPError
from celery import Celery

from celeriac.runtime import NO_BROKER

HEARTBEAT_SECONDS = 10


class BrokerAwayError(Exception):
    """No node can be used now. The text has each one's reason."""


class Nodes:
    """Connects to the first node that answers, in the order of the application's broker URL."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        urls = app.conf.broker_write_url or app.conf.broker_url
        self._urls = deque(urls.split(";") if isinstance(urls, str) else urls)

    @property
    def none(self) -> bool:
        """Whether this process has no broker at all."""
        return NO_BROKER in self._urls

    def next(self) -> None:
        """Begin with another node next time, because this one failed in use."""
        self._urls.rotate(-1)

    def connect(self, on_wait: Callable[[], object] = lambda: None) -> amqp.Connection:
        """Return a connection to one node; each is tried once.

        Takes the application's `broker_connection_timeout` (4 s) a node at most, for each step
        of connecting; `on_wait` is called before each node.

        Raises:
            BrokerAwayError: none could be used.

        """
        failures = []
        for _ in range(len(self._urls)):
            on_wait()
            client = self._app.connection_for_write(
                self._urls[0],
                heartbeat=HEARTBEAT_SECONDS,
                transport_options={"confirm_publish": False},
            )
            try:
                return client.transport.establish_connection()
            except (AMQPError, OSError) as error:
                failures.append(f"{client.hostname}: {error}")
                self.next()
        raise BrokerAwayError("; ".join(failures))
