"""The link in the activation mail: signed, expiring, good for one activation."""

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import salted_hmac

from project.accounts.models import User

SALT = "project.accounts.activation"
_signer = signing.TimestampSigner(salt=SALT)


class LinkError(Exception):
    """The link does not activate an account; the subclasses say why."""


class BadLinkError(LinkError):
    """Not made here, damaged, or about a registration that a newer one replaced."""


class ExpiredLinkError(LinkError):
    """Older than ACTIVATION_MAX_AGE."""


class UsedLinkError(LinkError):
    """The account was activated before."""


def link(user: User) -> str:
    """Return the absolute URL that activates the account."""
    return settings.SITE_URL + reverse("activate", args=[_signer.sign_object(_claim(user))])


def activate(token: str) -> User:
    """Activate the account that the token is about. Raises a LinkError."""
    try:
        claim = _signer.unsign_object(token, max_age=settings.ACTIVATION_MAX_AGE)
    except signing.SignatureExpired as error:
        raise ExpiredLinkError from error
    except (signing.BadSignature, ValueError) as error:
        raise BadLinkError from error
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=claim["user"]).first()
        if user is None or _claim(user) != claim:
            raise BadLinkError
        if not user.awaiting_activation:
            raise UsedLinkError
        user.is_active = True
        user.awaiting_activation = False
        user.save(update_fields=["is_active", "awaiting_activation"])
    return user


def _claim(user: User) -> dict[str, object]:
    """Bind the link to this registration of this address, not to the account alone.

    As a digest, because links end in access logs and addresses should not.
    """
    registration = f"{user.pk} {user.email} {user.date_joined.isoformat()}"
    return {"user": user.pk, "registration": salted_hmac(SALT, registration).hexdigest()[:20]}
