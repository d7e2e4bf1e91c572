"""The outbox's tables. PostgreSQL only.

They are read here and in the admin; `outbox.write` and the relay use SQL, many rows a statement.
"""

from django.db import models

from celeriac.publishing.message import PARKED_TABLE, TABLE

_NOW = models.Func(function="clock_timestamp", output_field=models.DateTimeField())


class StoredMessage(models.Model):  # type: ignore[misc]
    """The columns of a message; celeriac.publishing.message explains them."""

    task_id = models.TextField()
    task = models.TextField()
    exchange = models.TextField()
    routing_key = models.TextField()
    body = models.BinaryField()
    content_type = models.TextField()
    content_encoding = models.TextField()
    headers = models.JSONField()
    properties = models.JSONField()
    eta = models.DateTimeField(null=True)
    expires = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.task}[{self.task_id}] to {self.routing_key}"


class OutboxMessage(StoredMessage):
    """A task that was accepted and is not yet confirmed by the broker."""

    # The database role that wrote the row, set by a trigger: who wrote may not say so itself.
    writer = models.TextField(editable=False)
    created_at = models.DateTimeField(db_default=_NOW, editable=False)

    class Meta:
        db_table = TABLE
        required_db_vendor = "postgresql"
        verbose_name = "message in the outbox"
        verbose_name_plural = "messages in the outbox"


class ParkedMessage(StoredMessage):
    """A task that was accepted and cannot be sent; an operator retries or drops it."""

    # As in the outbox, copied. It is as good as `parked_by`, which a trigger sets: any process
    # may write into this table.
    writer = models.TextField()
    created_at = models.DateTimeField()
    reason = models.TextField()
    parked_by = models.TextField(editable=False)
    parked_at = models.DateTimeField(db_default=_NOW, editable=False)

    class Meta:
        db_table = PARKED_TABLE
        required_db_vendor = "postgresql"
        verbose_name = "parked message"
        verbose_name_plural = "parked messages"
