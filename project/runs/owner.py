"""Who started a task: a random name in a signed cookie, so that nobody has to log in.

Not Django's session key: that changes at every login, and the tasks would be lost from view.
"""

import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "owner"
SALT = "project.runs.owner"
MAX_AGE = 365 * 24 * 60 * 60  # seconds


def known_owner(request: HttpRequest) -> str | None:
    """Return the browser's owner, or None when it never started anything."""
    return request.get_signed_cookie(COOKIE, default=None, salt=SALT, max_age=MAX_AGE)


def owner_of(request: HttpRequest) -> str:
    """Return the browser's owner, a new one if it has none: then `remember` it."""
    return known_owner(request) or uuid.uuid4().hex


def remember(response: HttpResponse, owner: str) -> HttpResponse:
    """Give the browser the cookie by which it finds its tasks again."""
    response.set_signed_cookie(
        COOKIE,
        owner,
        salt=SALT,
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response
