import os

import dj_database_url

from clinic.reading import required

SECRET_KEY = required("CLINIC_KEY")
DEBUG = False
INSTALLED_APPS = ["visits"]
ROOT_URLCONF = "clinic.urls"
WSGI_APPLICATION = "clinic.wsgi.application"
DATABASES = {"default": dj_database_url.config(conn_max_age=600)}
EMAIL_HOST = os.environ.get("MAIL_SERVER", "localhost")
LAB_ADDRESS = os.environ["LAB_ADDRESS"]
