"""One transaction for what is due of one entry: its ticks, their tasks, and its last run."""

import logging
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice

import django.db
from celery import Celery
from django.db import DataError, IntegrityError, transaction
from django.db.models import F
from django_celery_beat.models import PeriodicTask
from kombu.exceptions import EncodeError

from celeriac.scheduling.entries import Entry
from celeriac.scheduling.lead import Lead
from celeriac.scheduling.limits import BATCH, TICKS_KEPT
from celeriac.scheduling.models import EntryProgress, Outcome, Policy, Tick
from celeriac.scheduling.policy import Decision, Rules, decide
from celeriac.scheduling.publishing import EntryFault, publish

logger = logging.getLogger(__name__)

# Of the ids of ticks' tasks: a tick's task has the same id, whoever sends it and whenever.
_NAMESPACE = uuid.UUID("8b7a3c52-93a4-5d0e-9b0f-6f1d2f2f9f11")
# The entry, or the call of its task, is wrong. They speak for themselves in a log.
_FORESEEN = (EntryFault, EncodeError, TypeError, ValueError, LookupError)
# Characters of a failed tick's reason.
_REASON = 1000


def task_id(entry: int, due: datetime) -> uuid.UUID:
    return uuid.uuid5(_NAMESPACE, f"{entry} {due.astimezone(UTC).isoformat()}")


class Ticker:
    """Writes ticks, as the session that leads."""

    def __init__(self, app: Celery, lead: Lead, alias: str) -> None:
        self._app = app
        self._lead = lead
        self._alias = alias

    def run(self, entry: Entry) -> bool:
        """Handle up to BATCH due times; False if the entry is gone, paused or being changed.

        Raises:
            LeadLost: this session may not write any more; nothing was written.
            django.db.Error: the database did not take it; nothing was written.

        """
        with transaction.atomic(using=self._alias):
            now = self._lead.check().now
            rows = PeriodicTask.objects.using(self._alias).filter(pk=entry.pk, enabled=True)
            # Whoever pauses it waits for this tick; and no other entry waits for a slow change.
            model = rows.select_for_update(skip_locked=True).first()
            if model is None:
                return False
            done_until = self._tick(entry, model, now)
        entry.next_due = entry.after(done_until)
        return True

    def _tick(self, entry: Entry, model: PeriodicTask, now: datetime) -> datetime:
        done_until, policy = self._read(entry, now)
        due = entry.due(done_until, now)
        _tell_left_out(entry, done_until, due, now)
        decisions = list(islice(decide(due, now, _rules(model, policy)), BATCH))
        known = self._known(entry, decisions)
        ticks = [
            self._handle(model, decision) for decision in decisions if decision.due not in known
        ]
        Tick.objects.using(self._alias).bulk_create(ticks)
        done_until = decisions[-1].due if decisions else max(done_until, now - TICKS_KEPT)
        self._save_progress(entry, done_until)
        sent = sum(tick.outcome == Outcome.SENT for tick in ticks)
        over = model.one_off and any(not decision.skipped for decision in decisions)
        self._save_run(entry, now, sent, over=over or entry.after(done_until) is None)
        return done_until

    def _read(self, entry: Entry, now: datetime) -> tuple[datetime, str]:
        """Return until when it is done, and its policy: as of now, after its row is locked."""
        rows = EntryProgress.objects.using(self._alias).filter(pk=entry.pk)
        done_until, policy = rows.values_list(
            "done_until", "entry__celeriac_policy__policy"
        ).first() or (now, None)
        return done_until, str(policy or Policy.ONCE)

    def _known(self, entry: Entry, decisions: Sequence[Decision]) -> set[datetime]:
        """Due times with a tick: of a clocked entry that was enabled again, or a lost progress."""
        due = [decision.due for decision in decisions]
        rows = Tick.objects.using(self._alias).filter(entry=entry.pk, due__in=due)
        return set(rows.values_list("due", flat=True))

    def _handle(self, model: PeriodicTask, decision: Decision) -> Tick:
        tick = Tick(
            entry=model.pk,
            entry_name=model.name,
            due=decision.due,
            task_id=task_id(model.pk, decision.due),
            outcome=Outcome.SKIPPED if decision.skipped else Outcome.SENT,
            reason=decision.skipped,
        )
        if tick.outcome == Outcome.SENT:
            self._publish(model, tick, decision)
        return tick

    def _publish(self, model: PeriodicTask, tick: Tick, decision: Decision) -> None:
        """A fault of the entry's is the tick's outcome; one of the database's goes through."""
        try:
            with transaction.atomic(using=self._alias):
                publish(self._app, model, tick.task_id, decision.expires)
        except Exception as error:
            if isinstance(error, django.db.Error) and not isinstance(
                error, DataError | IntegrityError
            ):
                raise
            foreseen = isinstance(error, _FORESEEN)
            tick.outcome = Outcome.FAILED
            text = str(error) if foreseen else f"{type(error).__name__}: {error}"
            # PostgreSQL stores no NUL, and an error quotes what it did not like.
            tick.reason = text.replace("\0", "")[:_REASON]
            logger.error(  # noqa: TRY400 (a traceback only where there is something to find)
                "%s: its task was not sent: %s", model.name, tick.reason, exc_info=not foreseen
            )

    def _save_progress(self, entry: Entry, done_until: datetime) -> None:
        EntryProgress.objects.using(self._alias).bulk_create(
            [EntryProgress(entry_id=entry.pk, done_until=done_until)],
            update_conflicts=True,
            unique_fields=["entry"],
            update_fields=["done_until"],
        )

    def _save_run(self, entry: Entry, now: datetime, sent: int, *, over: bool) -> None:
        changes = (
            {"total_run_count": F("total_run_count") + sent, "last_run_at": now} if sent else {}
        )
        if over:
            changes["enabled"] = False
        if changes:
            # Not save(): it would write back every field, and tell beat that the schedule changed.
            PeriodicTask.objects.using(self._alias).filter(pk=entry.pk).update(**changes)


def _rules(model: PeriodicTask, policy: str) -> Rules:
    return Rules(policy, model.one_off, model.expires, model.expire_seconds)


def _tell_left_out(
    entry: Entry, done_until: datetime, due: Sequence[datetime], now: datetime
) -> None:
    first = entry.first_after(done_until)
    if first is not None and first <= now and (not due or first < due[0]):
        logger.warning(
            "%s: missed since %s; what is older than %s is left out and not recorded",
            entry.name,
            first.isoformat(),
            due[0].isoformat() if due else (now - TICKS_KEPT).isoformat(),
        )
