"""What `manage.py check` finds before beat starts."""

from collections.abc import Iterator
from typing import Any

from celery import current_app
from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import router

from celeriac.publishing.settings import OutboxSettings

SCHEDULER = "celeriac.scheduling.scheduler:DatabaseScheduler"


@register()  # type: ignore[untyped-decorator]
def check_scheduling(**_: Any) -> list[CheckMessage]:
    """E001 to E004; that the database is PostgreSQL is checked for the outbox."""
    return list(_problems())


def _problems() -> Iterator[CheckMessage]:
    if not apps.is_installed("django_celery_beat"):
        yield Error(
            "celeriac.scheduling is installed without django_celery_beat, whose entries it runs.",
            hint="Add 'django_celery_beat' to INSTALLED_APPS, and django-celery-beat to the "
            "application's requirements.",
            id="celeriac_scheduling.E001",
        )
        return
    yield from _scheduler()
    yield from _databases()
    if not settings.USE_TZ:
        yield Error(
            "USE_TZ is False: due times are moments, and a local time may be two.",
            hint="Set USE_TZ = True.",
            id="celeriac_scheduling.E004",
        )


def _scheduler() -> Iterator[CheckMessage]:
    # The admin's pages for the schedule look at the setting, and warn.
    setting = getattr(settings, "CELERY_BEAT_SCHEDULER", None)
    # What celeriac.yml says wins over the setting.
    described = current_app.conf.beat_scheduler
    for where, scheduler in {
        "CELERY_BEAT_SCHEDULER": setting,
        "beat/scheduler in celeriac.yml": SCHEDULER if described == setting else described,
    }.items():
        if scheduler != SCHEDULER:
            yield Error(
                f"celeriac.scheduling is installed, and {where} is {scheduler!r}.",
                hint=f"Write {SCHEDULER!r} in both places, or remove 'celeriac.scheduling' from "
                "INSTALLED_APPS.",
                id="celeriac_scheduling.E002",
            )


def _databases() -> Iterator[CheckMessage]:
    outbox = OutboxSettings.read().database
    for app, name in (("django_celery_beat", "PeriodicTask"), ("celeriac_scheduling", "Tick")):
        alias = router.db_for_write(apps.get_model(app, name))
        if alias != outbox:
            yield Error(
                f"{name} is in database {alias!r} and the outbox in {outbox!r}: a tick and its "
                "task are one transaction.",
                hint="Let the database router keep them in one, or name another in "
                "CELERIAC_OUTBOX.",
                id="celeriac_scheduling.E003",
            )
