from os import environ

SECRET_KEY = environ["DJANGO_SECRET"]
ALLOWED_HOSTS = environ["HOSTS"].split(",")
INSTALLED_APPS = ["django_celery_results"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "hello.urls"
USE_TZ = True

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": environ["DB_HOST"],
        "PORT": environ["DB_PORT"],
        "NAME": environ["DB_NAME"],
        "USER": environ["DB_USER"],
        "PASSWORD": environ["DB_PASSWORD"],
        "OPTIONS": {"connect_timeout": 3},
    }
}

CELERY_BROKER_URL = environ["CELERY_BROKER"]
CELERY_TASK_DEFAULT_QUEUE = "hello"
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXTENDED = True
