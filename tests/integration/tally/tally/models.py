from django.db import models


class Effect(models.Model):
    """What a task has done."""

    key = models.TextField()
    task_id = models.TextField()
