"""The Celery application is made with the first task, as in a project of Django's."""

from timetable.application import app as celery_app

__all__ = ["celery_app"]
