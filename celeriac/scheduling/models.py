"""What beat keeps beside the entries of django-celery-beat. PostgreSQL only."""

from django.db import models

_ENTRY = "django_celery_beat.PeriodicTask"


class Outcome(models.TextChoices):  # type: ignore[misc]
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


class Tick(models.Model):  # type: ignore[misc]
    """One due time of one entry, handled: a row for each, whatever came of it.

    The unique key is why no tick comes twice, however many processes believe that they lead.
    A tick outlives its entry, so it names it instead of pointing at it.
    """

    entry = models.BigIntegerField()
    entry_name = models.CharField(max_length=200)
    due = models.DateTimeField()
    task_id = models.UUIDField()
    outcome = models.CharField(max_length=7, choices=Outcome.choices)
    reason = models.TextField(blank=True)
    written_at = models.DateTimeField(
        db_default=models.Func(function="clock_timestamp", output_field=models.DateTimeField()),
        editable=False,
    )

    class Meta:
        db_table = "celeriac_tick"
        required_db_vendor = "postgresql"
        constraints = [
            models.UniqueConstraint(fields=["entry", "due"], name="celeriac_tick_once"),
        ]
        indexes = [models.Index(fields=["due"], name="celeriac_tick_due")]

    def __str__(self) -> str:
        return f"{self.entry_name} at {self.due.isoformat()}: {self.outcome}"


class Policy(models.TextChoices):  # type: ignore[misc]
    SKIP = "skip", "Skip them"
    ONCE = "once", "Run once for all of them"
    ALL = "all", "Run each of them"


class EntryPolicy(models.Model):  # type: ignore[misc]
    """What happens to the due times that an entry missed while no beat could run.

    An entry without a row has the default.
    """

    entry = models.OneToOneField(
        _ENTRY, models.CASCADE, primary_key=True, related_name="celeriac_policy"
    )
    policy = models.CharField(
        "Missed due times",
        max_length=4,
        choices=Policy.choices,
        default=Policy.ONCE,
        help_text="What beat does with due times more than a minute ago, after an outage.",
    )

    class Meta:
        db_table = "celeriac_entry_policy"
        required_db_vendor = "postgresql"
        verbose_name = "missed-tick policy"
        verbose_name_plural = "missed-tick policies"

    def __str__(self) -> str:
        return self.get_policy_display()  # type: ignore[no-any-return]


class EntryProgress(models.Model):  # type: ignore[misc]
    """Up to when an entry's due times are handled.

    Beat moves it on with each tick. Triggers set it to the present when an entry is created or
    enabled or its schedule changes, by whatever means: nothing from before is caught up.
    Apart from the policy, so that no form that was opened earlier can set it back.
    """

    entry = models.OneToOneField(
        _ENTRY, models.CASCADE, primary_key=True, related_name="celeriac_progress"
    )
    done_until = models.DateTimeField()

    class Meta:
        db_table = "celeriac_entry_progress"
        required_db_vendor = "postgresql"

    def __str__(self) -> str:
        return self.done_until.isoformat()  # type: ignore[no-any-return]
