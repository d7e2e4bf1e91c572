"""Which errors keep a message: those of services, never those of the task."""

import pickle

import pytest
from amqp.exceptions import MessageNacked, NoConsumers, RecoverableConnectionError
from billiard.exceptions import SoftTimeLimitExceeded
from celery.app.autoretry import add_autoretry_behaviour
from celery.exceptions import BackendStoreError
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from kombu.exceptions import EncodeError
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as RedisConnectionError

from celeriac.worker.given_back import GivenBack, is_transient, outside_the_task


class Wrapped(Exception):
    pass


def wrapped(cause: Exception) -> Exception:
    error = Wrapped()
    error.__cause__ = cause
    return error


TRANSIENT = [
    OperationalError("server closed the connection"),
    InterfaceError("connection already closed"),
    BrokerError("connection refused"),
    ConnectionRefusedError(),
    TimeoutError(),
    RecoverableConnectionError(),
    MessageNacked(),
    NoConsumers(),
    BackendStoreError("no"),
    RedisConnectionError(),
    wrapped(OperationalError("away")),
]
LASTING = [
    ValueError("wrong"),
    TypeError("takes 2 arguments"),
    KeyError("queue"),
    EncodeError("not JSON"),
    IntegrityError("twice"),
    DataError("too long"),
    wrapped(ValueError("wrong")),
    SoftTimeLimitExceeded(),
]


@pytest.mark.parametrize("error", TRANSIENT, ids=repr)
def test_services(error: Exception) -> None:
    assert is_transient(error)


@pytest.mark.parametrize("error", LASTING, ids=repr)
def test_the_tasks_own(error: Exception) -> None:
    assert not is_transient(error)


def test_a_soft_time_limit_after_the_task_interrupts_the_storing() -> None:
    assert outside_the_task(SoftTimeLimitExceeded())


def test_the_verdict_reaches_the_parent_process() -> None:
    verdict = pickle.loads(pickle.dumps(GivenBack.because(OperationalError("away"))))  # noqa: S301
    assert (verdict.requeue, str(verdict)) == (True, "OperationalError: away")


def test_autoretry_leaves_the_verdict_alone() -> None:
    class Task:
        autoretry_for = (Exception,)
        dont_autoretry_for = ()
        retry_kwargs: dict[str, object] = {}

        def run(self) -> None:
            raise GivenBack("away", True)

    task = Task()
    add_autoretry_behaviour(task)
    with pytest.raises(GivenBack):
        task.run()
