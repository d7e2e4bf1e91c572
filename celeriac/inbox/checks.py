"""What `manage.py check` finds about the inbox before a task relies on it."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.db import router

from celeriac.publishing.settings import OutboxSettings


@register()  # type: ignore[untyped-decorator]
def check_inbox(**_: Any) -> list[CheckMessage]:
    """E001 and E002; that the database is PostgreSQL is checked for the outbox."""
    return list(_problems(OutboxSettings.read().database))


def _problems(alias: str) -> Iterator[CheckMessage]:
    if not settings.DATABASES.get(alias, {}).get("AUTOCOMMIT", True):
        yield Error(
            f"DATABASES[{alias!r}] has AUTOCOMMIT False, so a task with once=True has no "
            "transaction of its own.",
            hint="Remove AUTOCOMMIT.",
            id="celeriac_inbox.E001",
        )
    if apps.is_installed("django_celery_results"):
        counter = apps.get_model("django_celery_results", "ChordCounter")
        if router.db_for_write(counter) != alias:
            yield Error(
                f"Chords are counted in database {router.db_for_write(counter)!r} and the inbox "
                f"is in {alias!r}: a member that is delivered again could count twice.",
                hint="Let the database router keep django_celery_results in the outbox's "
                "database, or name another one in CELERIAC_OUTBOX.",
                id="celeriac_inbox.E002",
            )
