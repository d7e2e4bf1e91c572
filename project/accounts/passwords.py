"""The two steps in which a registration's password is hashed; `hashers` says why."""

from django.contrib.auth.hashers import identify_hasher, make_password

from project.accounts.hashers import Interim, ScryptOverInterim
from project.accounts.models import User


def interim_hash(password: str) -> str:
    return make_password(password, hasher=Interim.algorithm)


def finish_hash(user: User) -> None:
    """Wrap the account's interim hash. Does nothing when that is done already.

    The update names the hash it replaces, so a registration or login that sets another
    one meanwhile wins.
    """
    interim = user.password
    if not user.has_usable_password() or identify_hasher(interim).algorithm != Interim.algorithm:
        return
    wrapped = ScryptOverInterim().wrap(interim)
    if User.objects.filter(pk=user.pk, password=interim).update(password=wrapped):
        user.password = wrapped
