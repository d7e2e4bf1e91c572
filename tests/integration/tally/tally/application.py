from celery import Celery

from celeriac import runtime

app = Celery("tally")
app.config_from_object("django.conf:settings", namespace="CELERY")
runtime.configure(app)
