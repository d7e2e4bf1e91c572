"""`manage.py seed`: what a fresh installation needs to be looked at. Safe to repeat."""

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from celery_tasks.flash_sale import write_flash_sale
from project import environment
from project.accounts.models import User
from project.flash_sale import sample

ADMIN = "admin"


class Command(BaseCommand):
    help = (
        "Adds the demo administrator (password: ADMIN_PASSWORD), sample activities for the "
        "coming week and the schedule. Leaves what is there already as it is."
    )

    @transaction.atomic
    def handle(self, *args, **options):
        self.stdout.write(f"administrator: {'added' if self._add_admin() else 'was there'}")
        self.stdout.write(f"activities added: {sample.add(timezone.localdate())}")
        self.stdout.write(f"schedule: {'added' if self._add_schedule() else 'was there'}")

    def _add_admin(self) -> bool:
        if User.objects.filter(username__iexact=ADMIN).exists():
            return False
        User.objects.create_superuser(
            ADMIN, "admin@dailyfresh.example", environment.text("ADMIN_PASSWORD")
        )
        return True

    def _add_schedule(self) -> bool:
        every_minute, _ = IntervalSchedule.objects.get_or_create(
            every=1, period=IntervalSchedule.MINUTES
        )
        _, is_new = PeriodicTask.objects.get_or_create(
            name="Write today's flash sale to Redis",
            defaults={
                "task": write_flash_sale.name,
                "interval": every_minute,
                # With a start time beat runs a new entry at once, not a minute later.
                "start_time": timezone.now(),
                # A worker that was away runs the newest one, not all that it missed.
                "expire_seconds": 60,
                "description": "The public API reads Redis alone.",
            },
        )
        return is_new
