"""The derived objects of delayed delivery are those that Celery would declare itself."""

from typing import Any

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


def _objects(trial: Application, vhost: str) -> dict[str, list[Any]]:
    """What serves tasks: not our dead letters, nor the exchanges of Celery's remote control."""
    serving = ("tasks", "celery_delayed_", *trial.description.queues)
    found = trial.broker.objects(vhost)
    return {
        kind: sorted(
            sorted((key, str(value)) for key, value in entry.items() if key != "vhost")
            for entry in found[kind]
            if entry.get("name", entry.get("destination")).startswith(serving)
        )
        for kind in ("exchanges", "queues", "bindings")
    }
