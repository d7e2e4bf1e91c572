"""`manage.py tasks_in_use`: which tasks the outbox and the schedule ask for.

A deploy asks before it takes tasks away. What waits in the broker's queues is not counted here.
"""

import argparse
import json
from typing import Any

from django.core.management.base import BaseCommand

from celeriac.publishing.in_use import InUse
from celeriac.publishing.settings import OutboxSettings

_PLACES = {"outbox": "in the outbox", "parked": "parked", "schedule": "in the schedule"}


class Command(BaseCommand):  # type: ignore[misc]
    help = "Counts the tasks that the outbox, parked messages and the schedule ask for."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs, in one line")

    def handle(self, **options: Any) -> None:
        found = InUse.read(OutboxSettings.read().database)
        if options["json"]:
            self.stdout.write(json.dumps(found.as_dict(), sort_keys=True))
            return
        for line in _lines(found) or ["none"]:
            self.stdout.write(line)


def _lines(found: InUse) -> list[str]:
    lines = [
        f"{number:6d} {text}  {task}"
        for place, text in _PLACES.items()
        for task, number in sorted(getattr(found, place).items())
    ]
    if found.unreadable:
        lines.append(f"{found.unreadable:6d} stored messages cannot be read")
    return lines
