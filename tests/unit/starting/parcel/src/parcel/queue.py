import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "parcel.settings.local")

worker = Celery("parcel")
worker.config_from_object("django.conf:settings", namespace="CELERY")
worker.conf.task_routes = ([("parcel.tracking.*", {"queue": "tracking"})],)
worker.autodiscover_tasks()
