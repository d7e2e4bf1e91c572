"""The Celery application.

Queues, routes, task modules and what keeps a task from being lost come from the description
(`celeriac.yml`) through `celeriac.runtime`. Settings that concern this application alone stand
in `project/settings.py` under `CELERY_`.
"""

import os

from celery import Celery

from celeriac import runtime

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

app = Celery("dailyfresh")
app.config_from_object("django.conf:settings", namespace="CELERY")
runtime.configure(app)
