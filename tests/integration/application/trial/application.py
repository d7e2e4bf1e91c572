"""The Celery application, integrated: its queues come from celeriac.yml."""

from celery import Celery

from celeriac import runtime

app = Celery("trial")
app.config_from_object("django.conf:settings", namespace="CELERY")
runtime.configure(app)
