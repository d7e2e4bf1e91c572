"""The books: what was accepted, every execution, every effect.

Times are the database's, so that all hosts' entries compare. Nothing is unique here but the
numbers: what happens twice must be seen twice.
"""

from django.db import models
from django.db.models.functions import Now


class Accepted(models.Model):
    """A task, written in the transaction that hands it over. A chord has several."""

    task_id = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=20)
    # What its effect must say; without one it must become a dead letter instead.
    value = models.BigIntegerField(null=True)
    # Executions that it needs when nothing goes wrong.
    runs = models.PositiveIntegerField(default=1)
    at = models.DateTimeField(db_default=Now())


class Execution(models.Model):
    """A run of a task, whatever came of it; written at once, outside the task's transaction."""

    task_id = models.CharField(max_length=64, db_index=True)
    task = models.CharField(max_length=100)
    worker = models.CharField(max_length=253)
    at = models.DateTimeField(db_default=Now())


class Effect(models.Model):
    """What a task did, written in its own transaction."""

    task_id = models.CharField(max_length=64, db_index=True)
    value = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())
