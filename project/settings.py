"""Settings of the reference application. Everything that differs between environments is
an environment variable; a missing or malformed one is named by `ImproperlyConfigured`.
"""

from pathlib import Path

from celeriac.runtime import NO_BROKER
from project import environment

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = environment.text("SECRET_KEY")
ALLOWED_HOSTS = environment.names("ALLOWED_HOSTS")
# Links in mails start with it; whether cookies are marked secure follows from it.
SITE_URL = environment.url("SITE_URL", "http", "https").rstrip("/")

INSTALLED_APPS = [
    "project.accounts",
    "project.flash_sale",
    "project.reports",
    "project.runs",
    "project.schedule",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "django_celery_results",
    "celeriac.publishing",
    "celeriac.inbox",
    "celeriac.scheduling",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "project.unavailable.DatabaseAwayMiddleware",
]
ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "project" / "templates"],
        "APP_DIRS": True,  # compiled templates are kept in memory
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# A database that is away is an answer of 503 within seconds, never a request that hangs.
_database = environment.database("DATABASE_URL")
_database["OPTIONS"] = {"connect_timeout": 3, "tcp_user_timeout": 5000} | _database["OPTIONS"]
DATABASES = {"default": _database | {"CONN_MAX_AGE": 300, "CONN_HEALTH_CHECKS": True}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": environment.url("CACHE_URL", "redis", "rediss"),
        # The cache's user may touch only keys that start so: cache.key_prefix in celeriac.yml.
        "KEY_PREFIX": "dailyfresh",
        "OPTIONS": {
            "serializer": "project.cache.JSONSerializer",
            "socket_connect_timeout": 2,
            "socket_timeout": 2,
        },
    }
}

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
# The first is how passwords are kept; the other two are explained in the module.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "project.accounts.hashers.ScryptOverInterim",
    "project.accounts.hashers.Interim",
]
_VALIDATORS = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": _VALIDATORS + "UserAttributeSimilarityValidator"},
    {"NAME": _VALIDATORS + "MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": _VALIDATORS + "CommonPasswordValidator"},
    {"NAME": _VALIDATORS + "NumericPasswordValidator"},
]
# Seconds for which the link in an activation mail is good.
ACTIVATION_MAX_AGE = environment.integer("ACTIVATION_MAX_AGE", default=24 * 60 * 60)

EMAIL_HOST = environment.text("SMTP_HOST")
EMAIL_PORT = environment.integer("SMTP_PORT")
EMAIL_TIMEOUT = 20  # seconds; below the mail pool's soft time limit
DEFAULT_FROM_EMAIL = "Daily Fresh <no-reply@dailyfresh.example>"

# Seconds for which the flash sale stays in Redis after the last write.
FLASH_SALE_TTL = environment.integer("FLASH_SALE_TTL", default=84_600)

# Queues, routes and delivery come from celeriac.yml: see project/celery.py.
# Web and beat write into the outbox: they have no broker.
CELERY_BROKER_URL = environment.url("BROKER_URL", "amqp", "amqps", default=NO_BROKER)
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXTENDED = True
CELERY_RESULT_EXPIRES = 7 * 24 * 60 * 60  # seconds
CELERY_TIMEZONE = "UTC"
# The admin's pages for the schedule warn unless they find it here.
CELERY_BEAT_SCHEDULER = "celeriac.scheduling.scheduler:DatabaseScheduler"

LANGUAGE_CODE = "en-gb"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = environment.path("STATIC_ROOT", default=BASE_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "project" / "static"]

_https = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_HSTS_SECONDS = 24 * 60 * 60 if _https else 0
# Browsers ignore the header without TLS, and every page would log that as an error.
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if _https else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024  # bytes; no form here comes near it

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"django": {"handlers": ["stderr"], "level": "INFO", "propagate": False}},
}
