import environ

env = environ.Env(DEBUG=(bool, False), PAGE_SIZE=(int, 50))

DEBUG = env("DEBUG")
SECRET_KEY = env("DJANGO_SECRET_KEY")
ALLOWED_HOSTS = env.list("DJANGO_ALLOWED_HOSTS", default=[])
ROOT_URLCONF = "parcel.urls"
THEIRS = ["django.contrib.staticfiles"]
OTHERS = ["django_celery_beat"]
OWN = ["parcel.tracking", *THEIRS]
INSTALLED_APPS = OWN + OTHERS
DATABASES = {"default": env.db()}
CACHES = {"default": env.cache("REDIS_URL")}
STATIC_ROOT = env("STATIC_ROOT", default="/srv/static")
PAGE_SIZE = env("PAGE_SIZE")

CELERY_BROKER_URL = env("REDIS_URL")
CELERY_TASK_DEFAULT_QUEUE = "parcels"
CELERY_TASK_TIME_LIMIT = 2 * 60
