from django.db import models


class Order(models.Model):
    """What a request changes beside publishing."""

    title = models.TextField()
