"""Reads the entries that are enabled."""

import logging
from datetime import datetime

from django_celery_beat.models import PeriodicTask

from celeriac.scheduling.entries import Entry, ScheduleError
from celeriac.scheduling.models import EntryProgress

logger = logging.getLogger(__name__)


def load(alias: str, now: datetime) -> list[Entry]:
    """Return the enabled entries; disable those that have expired, name those that are broken.

    Raises:
        django.db.Error: the database does not answer.

    """
    related = ("interval", "crontab", "solar", "clocked", "celeriac_progress")
    models = PeriodicTask.objects.using(alias).filter(enabled=True).select_related(*related)
    entries = [entry for model in models if (entry := _entry(model, now))]
    _start([model.pk for model in models if not hasattr(model, "celeriac_progress")], alias, now)
    _end([model for model in models if model.expires and model.expires <= now], entries, alias)
    return entries


def _entry(model: PeriodicTask, now: datetime) -> Entry | None:
    progress = getattr(model, "celeriac_progress", None)
    try:
        return Entry(model, progress.done_until if progress else now)
    except ScheduleError as error:
        logger.error("%s is not scheduled: %s", model.name, error)  # noqa: TRY400 (says it all)
    except Exception:
        logger.exception("%s is not scheduled; the others are", model.name)
    return None


def _start(entries: list[int], alias: str, now: datetime) -> None:
    """The triggers make an entry's progress; a restored table may lack it."""
    missing = [EntryProgress(entry_id=entry, done_until=now) for entry in entries]
    EntryProgress.objects.using(alias).bulk_create(missing, ignore_conflicts=True)


def _end(expired: list[PeriodicTask], entries: list[Entry], alias: str) -> None:
    """As Celery's scheduler for the database does; what was due before is handled first."""
    pending = {entry.pk for entry in entries if entry.next_due is not None}
    over = [model.pk for model in expired if model.pk not in pending]
    if over:
        PeriodicTask.objects.using(alias).filter(pk__in=over).update(enabled=False)
