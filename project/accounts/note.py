"""What the page after the registration form has to say, kept in a short-lived signed cookie.

Not in the URL, where the e-mail address would end in access logs; not in the session, which
would be one more write for every registration.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

COOKIE = "registered"
SALT = "project.accounts.note"
MAX_AGE = 600  # seconds


def write(response: HttpResponse, **note: object) -> None:
    response.set_cookie(
        COOKIE,
        signing.dumps(note, salt=SALT),
        max_age=MAX_AGE,
        path=reverse("registered"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def read(request: HttpRequest) -> dict[str, object]:
    """Return the note; an empty one when there is none or its time is over."""
    try:
        return signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return {}
