"""The verdict that a message goes back to its queue, and for which errors it falls.

An error of the task's own code is the task's result. An error of what carries it (the database,
the broker, the result backend) says nothing about the task, so the message is kept.
"""

from amqp.exceptions import AMQPError, MessageNacked
from celery.exceptions import BackendError, Ignore, Reject, SoftTimeLimitExceeded
from kombu.exceptions import OperationalError

# By name: Django, database drivers and result backends each have their own, and this module
# imports none of them. Their bases are also those of wrong SQL and of keys that are missing.
_NAMES = {"OperationalError", "InterfaceError", "ConnectionError", "TimeoutError"}
_TYPES = (OSError, AMQPError, MessageNacked, OperationalError, BackendError)


class GivenBack(Reject, Ignore):  # type: ignore[misc]
    """Raised in a worker's child: the message goes back to its queue after a pause.

    An `Ignore` too, because autoretry lets only that pass whatever it is asked to catch.
    """

    @classmethod
    def because(cls, error: BaseException) -> "GivenBack":
        # The text alone: an error of a driver may not survive the way to the parent process.
        return cls(f"{type(error).__name__}: {error}".strip(), True)

    def __str__(self) -> str:
        return str(self.reason)


def is_transient(error: BaseException | None) -> bool:
    """Whether the error, or what it was raised from, is one of a service that is away."""
    while error is not None:
        if isinstance(error, _TYPES) or _NAMES & {base.__name__ for base in type(error).__mro__}:
            return True
        error = error.__cause__
    return False


def outside_the_task(error: BaseException) -> bool:
    """The same for an error that was raised before or after the task's code.

    There a soft time limit has interrupted the storing of a result.
    """
    return isinstance(error, SoftTimeLimitExceeded) or is_transient(error)
