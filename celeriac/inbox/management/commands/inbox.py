"""`manage.py inbox clean`: forget old ids now. Runs of tasks do it by themselves, too."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from celeriac.inbox import entries
from celeriac.publishing.settings import OutboxSettings

AT_ONCE = 5000


class Command(BaseCommand):  # type: ignore[misc]
    help = "Forgets the ids of tasks that were done long ago."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="clean")
        clean = actions.add_parser("clean", help="forget what is older than some days")
        clean.add_argument(
            "--days",
            type=_days,
            default=entries.DAYS_KEPT,
            help="age from which an id is forgotten (default: %(default)s); a message that comes "
            "again later does its work again",
        )

    def handle(self, *args: Any, days: int, **options: Any) -> None:
        alias = OutboxSettings.read().database
        forgotten = 0
        while count := entries.clean(alias, days=days, limit=AT_ONCE):
            forgotten += count
        self.stdout.write(f"Forgot {forgotten} ids older than {days} days.")


def _days(text: str) -> int:
    days = int(text)
    if days < 1:
        raise ValueError
    return days
