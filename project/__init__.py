"""Daily Fresh, the reference application: a shop that does its slow work in Celery tasks."""

from project.celery import app as celery_app

__all__ = ["celery_app"]
