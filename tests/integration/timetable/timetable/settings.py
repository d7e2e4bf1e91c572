"""Settings of the application; beat has no broker, so there is none here."""

import os
from urllib.parse import urlsplit

_database = urlsplit(os.environ["DATABASE_URL"])

SECRET_KEY = "only for tests"
USE_TZ = True
INSTALLED_APPS = ["django_celery_beat", "celeriac.publishing", "celeriac.scheduling"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database.path.removeprefix("/"),
        "USER": _database.username,
        "PASSWORD": _database.password,
        "HOST": _database.hostname,
        "PORT": _database.port,
    }
}
CELERY_BEAT_SCHEDULER = "celeriac.scheduling.scheduler:DatabaseScheduler"
# Celery would add an entry of its own for old results.
CELERY_RESULT_EXPIRES = None
