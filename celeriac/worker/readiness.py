"""When a worker or beat counts as started, and what it does at the moment.

systemd waits for READY=1 (Type=notify): a worker is ready when the broker
has confirmed its consumers, beat when its schedule is loaded.
"""

import os
from typing import Any

from celery import bootsteps, signals
from celery.worker import state

from celeriac.worker import canary
from celeriac.worker.broker_status import BrokerStatus
from celeriac.worker.notify import Notifier
from celeriac.worker.wakeup import Wakeup


class Loading:
    """True until the application's code and configuration are loaded."""

    def __init__(self) -> None:
        self.finished = False


class WorkerReadiness:
    """Follows a worker from loading to its end, by Celery's signals."""

    def __init__(self, notifier: Notifier, loading: Loading) -> None:
        self._notifier = notifier
        self._loading = loading
        self._ready = False

    def install(self) -> None:
        self._notifier.status("loading the application")
        for signal, receiver in (
            (signals.celeryd_init, self._on_init),
            (signals.celeryd_after_setup, self._on_loaded),
            (signals.worker_ready, self._on_ready),
            (signals.worker_shutting_down, self._on_stop),
        ):
            signal.connect(receiver, weak=False)

    def _on_init(self, instance: Any, **_: Any) -> None:
        readiness = self

        class Consuming(bootsteps.StartStopStep):  # type: ignore[misc]
            """Runs at the first connection and after each lost one."""

            requires = ("celery.worker.consumer.tasks:Tasks",)

            def start(self, consumer: Any) -> None:
                readiness.on_consuming(consumer)

        instance.app.steps["consumer"].update({Wakeup, Consuming})
        BrokerStatus(self._notifier.status).install()

    def _on_loaded(self, **_: Any) -> None:
        self._loading.finished = True
        self._notifier.status("connecting to the broker")

    def _on_ready(self, sender: Any, **_: Any) -> None:
        self._ready = True
        self._notifier.ready(_consuming(sender))

    def on_consuming(self, consumer: Any) -> None:
        if self._ready:
            self._notifier.status(_consuming(consumer))

    def _on_stop(self, **_: Any) -> None:
        running = len(state.active_requests)
        self._notifier.stopping(
            f"stopping: takes no new task, {running} still running" if running else "stopping"
        )


class BeatReadiness:
    """Ready when the schedule is loaded; the broker may be away by then.

    Celeriac's own scheduler says itself what it does: as a standby it has no schedule.
    """

    def __init__(self, notifier: Notifier, loading: Loading) -> None:
        self._notifier = notifier
        self._loading = loading

    def install(self) -> None:
        self._notifier.status("loading the application and its schedule")
        signals.beat_init.connect(self._on_loaded, weak=False)

    def _on_loaded(self, sender: Any, **_: Any) -> None:
        self._loading.finished = True
        if hasattr(sender.scheduler, "notifier"):
            sender.scheduler.notifier = self._notifier
        else:
            self._notifier.ready("scheduling")


def _consuming(consumer: Any) -> str:
    names = {queue.name for queue in consumer.task_consumer.queues} - {os.environ.get(canary.QUEUE)}
    return "consuming " + ", ".join(sorted(names))
