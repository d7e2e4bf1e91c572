"""The derived objects of delayed delivery are Celery's own, but what is due is never dropped."""

from collections.abc import Iterator
from typing import Any

import pytest

from celeriac.derive import delayed, names
from tests.integration.applications import Application
from tests.integration.broker import ADMINISTRATOR
from tests.integration.systemd import Unit

VHOST = "declared-by-celery"


def test_derived_objects_are_what_an_unconstrained_worker_declares(trial: Application) -> None:
    queues = sorted(trial.description.queues)
    trial.broker.make_empty_vhost(VHOST)
    worker = Unit(
        ["celery", "--app=trial.hosted", "worker", "--without-gossip", "--without-mingle"],
        ready="worker",
        folder=trial.folder,
        environment={"QUEUES": ",".join(queues)},
        credentials={"BROKER_URL": trial.broker.url(VHOST, ADMINISTRATOR)},
    )
    trial.started.append(worker)
    worker.wait_ready()
    declared, derived = _objects(trial, VHOST), _objects(trial, trial.vhost)
    assert derived == declared
    assert len(derived["queues"]) == 28 + len(queues)


@pytest.fixture
def without_gone(trial: Application) -> Iterator[Application]:
    """The application after an operator has deleted a queue that the deploy declared."""
    with trial.broker.channel(trial.vhost) as channel:
        channel.queue_delete("gone")
    yield trial
    trial.declare()


SOON = "0." * 27 + "1."


@pytest.mark.parametrize(("key", "queue"), [("quick", "quick"), ("gone", names.DEAD_LETTERS)])
def test_what_is_due_for_a_queue_that_is_gone_is_a_dead_letter(
    without_gone: Application, key: str, queue: str
) -> None:
    broker, vhost = without_gone.broker, without_gone.vhost
    with broker.channel(vhost, without_gone.user("web")) as channel:
        channel.basic_publish(delayed.TOP, SOON + key, b'"due"', mandatory=True)
    assert broker.take(vhost, queue)["body"] == "due"
    assert broker.queues_with_messages(vhost) == []


def _objects(trial: Application, vhost: str) -> dict[str, list[Any]]:
    """What serves tasks, without where delayed delivery ends: see `celeriac.derive.delayed`.

    Not our dead letters, nor the exchanges of Celery's remote control.
    """
    serving = ("tasks", "celery_delayed_", *trial.description.queues)
    found = trial.broker.objects(vhost)
    return {
        kind: sorted(
            sorted((key, str(value)) for key, value in entry.items() if key != "vhost")
            for entry in found[kind]
            if entry.get("name", entry.get("destination")).startswith(serving)
            and entry.get("name", entry.get("source")) != delayed.DELIVERY
            and not entry.get("routing_key", "").startswith("#.")
        )
        for kind in ("exchanges", "queues", "bindings")
    }
