"""A stop request wakes a worker that waits for messages.

A signal does not end the poll of Celery's event loop (PEP 475): an idle
worker would see SIGTERM only when its next timer is due, 3 to 8 s later.
"""

import os
from typing import Any

from celery import bootsteps, signals


class Wakeup(bootsteps.StartStopStep):  # type: ignore[misc]
    """Makes the event loop's poll return when Celery's own handler has run.

    Loops without a hub (gevent, eventlet) look every two seconds by
    themselves; there the step does nothing.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._event = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        signals.worker_shutting_down.connect(self._wake, weak=False)

    def register_with_event_loop(self, consumer: Any, hub: Any) -> None:
        """Called at each start of the loop; a lost connection empties the hub."""
        hub.add_reader(self._event, os.eventfd_read, self._event)

    def _wake(self, **_: Any) -> None:
        # In the signal handler, before the flag is set that the loop checks;
        # the poll goes on only after the handler.
        os.eventfd_write(self._event, 1)
