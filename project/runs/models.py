"""A task that somebody started, and who may see it."""

import socket
import uuid

from celery.canvas import Signature
from django.db import models, transaction


class Run(models.Model):
    """Its primary key is the id of the Celery task whose result is the run's result."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    owner = models.CharField(max_length=32, db_index=True)
    started_at = models.DateTimeField(auto_now_add=True)
    publisher = models.CharField(
        max_length=253, default=socket.gethostname, help_text="The host that published the task."
    )
    # [{"id": task id, "name": what it does}] of the tasks before the last in a chain or chord.
    steps = models.JSONField(default=list)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"

    @classmethod
    def start(
        cls, owner: str, name: str, task: Signature, last: Signature | None = None, steps=()
    ) -> "Run":
        """Store the run and publish the task, in one transaction.

        `last` is the task inside a chain or chord whose result is the run's.
        """
        with transaction.atomic():
            run = cls.objects.create(owner=owner, name=name, steps=list(steps))
            (last or task).set(task_id=str(run.id))
            task.apply_async()
        return run
