"""Settings of the tests' application: Django for its start alone."""

import os

SECRET_KEY = "only for tests"
USE_TZ = True

CELERY_BROKER_URL = os.environ["BROKER_URL"]
CELERY_RESULT_BACKEND = os.environ["CACHE_URL"]
# Overridden by what celeriac.yml derives.
CELERY_TASK_ACKS_LATE = False
CELERY_BEAT_SCHEDULE = {
    "note": {"task": "trial.tasks.quick.note", "schedule": 1.0, "args": ["beat"]},
}
