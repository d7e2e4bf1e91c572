"""Hands tasks to the broker from a web request."""

import logging

from amqp.exceptions import AMQPError
from celery.canvas import Signature
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

# An unreachable or refusing broker shows itself as any of these: OperationalError when connecting,
# AMQPError for a refused or unroutable message, OSError for a lost or silent connection.
BROKER_ERRORS = (OperationalError, AMQPError, OSError)


def hand_over(task: Signature) -> bool:
    """Publish a task; False when the broker did not confirm it.

    False is not a promise that the task will never run: a broker that took the message and
    died before it confirmed still has it. Takes a few seconds at most; the publisher's
    timeouts come from `celeriac.runtime`.
    """
    try:
        task.apply_async()
    except BROKER_ERRORS as error:
        logger.warning("%s was not handed to the broker: %r", task.task, error)
        return False
    return True
