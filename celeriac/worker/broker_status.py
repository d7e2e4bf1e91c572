"""Tells why a worker does not consume: what Celery logs about its broker."""

import logging
from collections.abc import Callable

from celery.worker.consumer.consumer import CONNECTION_ERROR


class BrokerStatus(logging.Handler):
    """Turns Celery's own line about a failed connection into one for `systemctl status`.

    Celery has no signal for it. Where an application's logging drops the
    line, the status stays "connecting to the broker".
    """

    def __init__(self, report: Callable[[str], None]) -> None:
        super().__init__()
        self._report = report

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == CONNECTION_ERROR and isinstance(record.args, tuple):
            address, reason, _next_attempt = record.args
            # The address has no password: kombu masks it.
            self._report(f"broker away, not consuming: {address}: {reason}; trying again")

    def install(self) -> None:
        logging.getLogger("celery.worker.consumer.consumer").addHandler(self)
