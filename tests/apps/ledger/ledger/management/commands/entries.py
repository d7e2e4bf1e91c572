from django.core.management.base import BaseCommand
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from celeriac.scheduling.models import EntryPolicy, Policy

TASK = "ledger.tasks.ticks.tick"


class Command(BaseCommand):
    help = "Put the soak's entries into the schedule: every second, every 5 seconds, every minute."

    def handle(self, **options):
        for seconds in (1, 5):
            interval, _ = IntervalSchedule.objects.get_or_create(every=seconds, period="seconds")
            self._put(f"every {seconds} s", interval=interval)
        minute, _ = CrontabSchedule.objects.get_or_create(minute="*", timezone="UTC")
        self._put("every minute", crontab=minute)

    def _put(self, name: str, **schedule) -> None:
        # An entry that is there stays untouched: saving it makes beat read the schedule again.
        entry, _ = PeriodicTask.objects.get_or_create(
            name=name, defaults={"task": TASK, **schedule}
        )
        EntryPolicy.objects.get_or_create(entry=entry, defaults={"policy": Policy.ALL})
