"""What the relay tells others: systemd, the journal, and whoever reads its metrics."""

import logging
import time
from pathlib import Path

from celeriac.publishing import metrics
from celeriac.publishing.metrics import Counters, Standing
from celeriac.worker.notify import Notifier

logger = logging.getLogger(__name__)


class Service:
    """Whether a service that the relay needs works. Says so in the journal when that changes."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.trouble: str | None = "not yet reached"

    def works(self) -> None:
        if self.trouble is not None:
            logger.info("the %s works", self._name)
        self.trouble = None

    def fails(self, reason: str) -> None:
        reason = " ".join(reason.split())
        if self.trouble != reason:
            logger.warning("the %s fails, messages wait: %s", self._name, reason)
        self.trouble = reason

    def __str__(self) -> str:
        return f"{self._name}: {self.trouble}"


class Signs:
    """Called from the relay's loop alone: a loop that hangs gives no sign, and systemd kills it."""

    EVERY_SECONDS = 1.0

    def __init__(self, notifier: Notifier, metrics_folder: Path | None) -> None:
        self._notifier = notifier
        self._folder = metrics_folder
        self._next_alive = self._next = 0.0
        self._status = ""
        self._ready = False
        self.database, self.broker = Service("database"), Service("broker")
        self.standing, self.counters = Standing(), Counters()

    def starting(self) -> None:
        self._notifier.status("connecting to the database")

    def serving(self) -> None:
        """The outbox has been read: from the first time on the relay is ready, broker or not."""
        self.database.works()
        if not self._ready:
            self._ready = True
            self._notifier.ready(self._text())

    def stopping(self) -> None:
        self._notifier.stopping("stopping")

    def alive(self) -> None:
        """Feed the watchdog; as often as one likes."""
        now = time.monotonic()
        if now >= self._next_alive:
            self._next_alive = now + self.EVERY_SECONDS
            self._notifier.watchdog()

    def give(self) -> None:
        """Feed the watchdog, and show status and metrics where a second is over."""
        self.alive()
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self.EVERY_SECONDS
        status = self._text()
        if status != self._status:
            self._status = status
            self._notifier.status(status)
        if self._folder:
            self._write(self._folder)

    def _text(self) -> str:
        troubles = [str(service) for service in (self.database, self.broker) if service.trouble]
        return "; ".join([str(self.standing), f"{self.counters.confirmed} sent", *troubles])

    def _write(self, folder: Path) -> None:
        text = metrics.exposition(
            self.standing,
            self.counters,
            database=self.database.trouble is None,
            broker=self.broker.trouble is None,
        )
        try:
            metrics.write(folder, text)
        except OSError as error:
            logger.warning("metrics not written: %s", error)
