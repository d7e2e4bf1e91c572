from os import environ
from urllib.parse import parse_qsl, unquote, urlsplit

SECRET_KEY = environ["SECRET_KEY"]
ALLOWED_HOSTS = environ["ALLOWED_HOSTS"].split(",")
INSTALLED_APPS = [
    "ledger.apps.LedgerConfig",
    "celeriac.publishing",
    "celeriac.inbox",
    "celeriac.scheduling",
    "django.contrib.contenttypes",
    "django_celery_beat",
    "django_celery_results",
]
MIDDLEWARE = ["ledger.patience.PatienceMiddleware"]
ROOT_URLCONF = "ledger.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_url = urlsplit(environ["DATABASE_URL"])
_database = {
    "ENGINE": "django.db.backends.postgresql",
    "HOST": _url.hostname,
    "PORT": _url.port or 5432,
    "NAME": _url.path.removeprefix("/"),
    "USER": unquote(_url.username or ""),
    "PASSWORD": unquote(_url.password or ""),
    "OPTIONS": {"connect_timeout": 3, "tcp_user_timeout": 5000, **dict(parse_qsl(_url.query))},
    "CONN_MAX_AGE": 300,
    "CONN_HEALTH_CHECKS": True,
}
# Executions are written on a connection of their own: they stay when a task rolls back.
DATABASES = {"default": _database, "executions": {**_database}}
DATABASE_ROUTERS = ["ledger.book.Router"]

CELERY_BROKER_URL = environ.get("BROKER_URL")
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXPIRES = 24 * 60 * 60
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "celeriac.scheduling.scheduler:DatabaseScheduler"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"django": {"handlers": ["stderr"], "level": "INFO", "propagate": False}},
}
