"""The WSGI application that gunicorn serves."""

import os
from importlib import import_module

from django.contrib.auth.password_validation import get_default_password_validators
from django.core.wsgi import get_wsgi_application

from project import patience

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

patience.install()
application = get_wsgi_application()

# Views and the list of common passwords, now rather than in the first people's requests.
import_module("project.urls")
get_default_password_validators()
