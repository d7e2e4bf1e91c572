"""What was done already, by task id. PostgreSQL only; read here, written by `entries`."""

from django.db import models

_NOW = models.Func(function="clock_timestamp", output_field=models.DateTimeField())


class Entry(models.Model):  # type: ignore[misc]
    """A task with `once=True` that ran to its end, and what it returned."""

    # Not the primary key: Django would give it a second index, for LIKE.
    task_id = models.TextField()
    task = models.TextField()
    # Serialised as Celery serialises results. Null only within the task's own transaction.
    content_type = models.TextField(null=True)
    content_encoding = models.TextField(null=True)
    value = models.BinaryField(null=True)
    created_at = models.DateTimeField(db_default=_NOW, editable=False)

    class Meta:
        db_table = "celeriac_inbox"
        required_db_vendor = "postgresql"
        verbose_name = "task that was done once"
        verbose_name_plural = "tasks that were done once"
        constraints = [models.UniqueConstraint(fields=["task_id"], name="celeriac_inbox_once")]

    def __str__(self) -> str:
        return f"{self.task}[{self.task_id}]"


class ChordPart(models.Model):  # type: ignore[misc]
    """A member that its chord has counted."""

    group_id = models.TextField()
    task_id = models.TextField()
    created_at = models.DateTimeField(db_default=_NOW, editable=False)

    class Meta:
        db_table = "celeriac_inbox_chord_part"
        required_db_vendor = "postgresql"
        verbose_name = "counted member of a chord"
        verbose_name_plural = "counted members of chords"
        constraints = [
            models.UniqueConstraint(
                fields=["group_id", "task_id"], name="celeriac_inbox_chord_part_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.task_id} of {self.group_id}"
