"""Celery's scheduler for beat on several hosts.

In celeriac.yml: `beat: {scheduler: "celeriac.scheduling.scheduler:DatabaseScheduler"}`.
"""

import logging
import os
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn

import django.db
from celery.exceptions import ImproperlyConfigured
from django_celery_beat.schedulers import DatabaseScheduler as UpstreamScheduler

from celeriac import runtime
from celeriac.publishing.settings import OutboxSettings
from celeriac.scheduling.cleaning import clean
from celeriac.scheduling.entries import Entry
from celeriac.scheduling.lead import Lead, LeadLost, Moment
from celeriac.scheduling.limits import LEADER_ENDS, STANDBY_ENDS
from celeriac.scheduling.loading import load
from celeriac.scheduling.pulse import Pulse
from celeriac.scheduling.ticking import Ticker
from celeriac.worker.errors import SERVICE_AWAY
from celeriac.worker.notify import Notifier

logger = logging.getLogger(__name__)

# Seconds between two looks of the leader at its lock and at changes of the schedule, of a
# standby at the lock, and at a database that is away.
LEADER_LOOKS = 1.0
STANDBY_LOOKS = 0.25
DATABASE_TRIED = 1.0
# An entry that somebody is changing, or whose tick the database did not take.
SET_ASIDE = timedelta(seconds=1)
# For changes that did not go through Django's models, and for old ticks.
REREAD = CLEANED = timedelta(seconds=60)


class DatabaseScheduler(UpstreamScheduler):  # type: ignore[misc]
    """django-celery-beat's entries, ticked by the one process that leads.

    The schedule is read by the leader alone, after it has the lock. It needs no broker: tasks
    go into the outbox. `notifier` is set by the launcher.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        _refuse_direct()
        self.notifier = Notifier(None)
        self._lead: Lead | None = None
        super().__init__(*arguments, **options)
        self.max_interval = LEADER_LOOKS

    def setup_schedule(self) -> None:
        """Prepare to lead; called by the constructor, unless only a description is wanted."""
        self._alias = OutboxSettings.read().database
        self._lead = Lead(self._alias)
        self._ticker = Ticker(self.app, self._lead, self._alias)
        self._pulse = Pulse()
        self._status, self._ready = "", False
        self._leading = False
        self._entries: list[Entry] = []
        self._read: Moment | None = None
        self._cleaned: datetime | None = None

    @property
    def schedule(self) -> dict[str, Any]:
        """Nothing: what the base class installs from the settings is read from the database."""
        return {}

    def tick(self, *_: Any, **__: Any) -> float:
        """Go round once; return the seconds until the next time."""
        assert self._lead is not None  # noqa: S101 (setup_schedule has run)
        try:
            return self._tick_all(self._lead) if self._leading else self._stand_by(self._lead)
        except LeadLost as lost:
            self._stop(str(lost))
        except django.db.Error as error:
            logger.error("The schedule was not read, tried again: %s", _line(error))  # noqa: TRY400
            return DATABASE_TRIED

    def sync(self) -> None:
        """Nothing is left to write: each tick is committed with its entry's last run."""

    def close(self) -> None:
        """Give the lead to a standby. Also called from a signal handler, at any moment."""
        super().close()
        if self._lead is not None and self._lead.end():
            self._pulse.stop()

    def _stand_by(self, lead: Lead) -> float:
        self._pulse.beat(self.notifier, STANDBY_ENDS)
        try:
            taken = lead.take()
        except django.db.Error as error:
            self._tell(f"waiting for the database: {_line(error)}")
            return DATABASE_TRIED
        if not taken:
            self._tell("standby: another process leads", ready=True)
            return STANDBY_LOOKS
        self._pulse.beat(self.notifier, LEADER_ENDS)
        self._leading = True
        super().setup_schedule()
        return 0

    def _tick_all(self, lead: Lead) -> float:
        moment, checked = lead.check(), time.monotonic()
        self._pulse.beat(self.notifier, LEADER_ENDS)
        self._keep_up(moment)
        for entry in self._entries:
            if entry.turn is not None and entry.turn <= moment.now:
                self._tick_one(lead, entry, moment.now)
        turns = [entry.turn for entry in self._entries if entry.turn is not None]
        if not turns:
            return LEADER_LOOKS
        seconds = (min(turns) - moment.now).total_seconds() - (time.monotonic() - checked)
        return min(max(seconds, 0), LEADER_LOOKS)

    def _tick_one(self, lead: Lead, entry: Entry, now: datetime) -> None:
        handled = False
        try:
            handled = self._ticker.run(entry)
        except LeadLost:
            raise
        except django.db.Error as error:
            logger.error("%s: not ticked, tried again: %s", entry.name, _line(error))  # noqa: TRY400
            lead.check()
        except Exception:
            logger.exception("%s: not ticked, tried again; the others are", entry.name)
        entry.not_before = None if handled else now + SET_ASIDE
        self._pulse.beat(self.notifier, LEADER_ENDS)

    def _keep_up(self, moment: Moment) -> None:
        """Read the schedule again where it may have changed, and remove old ticks."""
        read = self._read
        if read is None or read.changed != moment.changed or moment.now - read.now >= REREAD:
            self._entries = load(self._alias, moment.now)
            self._read = moment
            self._tell(f"leads, {_count(self._entries)}", ready=True)
        if self._cleaned is None or moment.now - self._cleaned >= CLEANED:
            self._cleaned = None if clean(self._alias, moment.now) else moment.now

    def _tell(self, status: str, *, ready: bool = False) -> None:
        if status == self._status:
            return
        logger.info("beat: %s", status)
        self._status = status
        if ready and not self._ready:
            self._ready = True
            self.notifier.ready(status)
        else:
            self.notifier.status(status)

    def _stop(self, why: str) -> NoReturn:
        """End at once: Celery's service would swallow SystemExit, and go on to end well."""
        logger.critical("beat ends, so that another may lead: %s", why)
        self.notifier.stopping(why)
        logging.shutdown()
        os._exit(SERVICE_AWAY)


def _refuse_direct() -> None:
    if not runtime.publishing().via_outbox:
        raise ImproperlyConfigured(
            "beat publishes directly, and this scheduler writes ticks and tasks in one "
            "transaction. Write `via: outbox` under beat in celeriac.yml, or use another "
            "scheduler."
        )


def _count(entries: Sequence[Entry]) -> str:
    return "1 entry" if len(entries) == 1 else f"{len(entries)} entries"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
