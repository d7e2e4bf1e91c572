"""Creates the account that waits for its activation."""

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from project.accounts.models import User
from project.accounts.passwords import interim_hash


class NameTakenError(Exception):
    """Another account has this user name."""


def register(username: str, email: str, password: str) -> User:
    """Return the account that the activation mail is about.

    - The e-mail address is new: a new, inactive account.
    - It belongs to an account that was never activated: nobody has proved that the address
      is theirs, so this registration takes that account over, and older links end.
    - It belongs to any other account: that account, unchanged. The caller must answer as for
      a new one, because the mail alone may tell that the address is known here.

    Raises NameTakenError; user names are public, so saying so gives nothing away.
    """
    email = User.objects.normalize_email(email)
    hashed = interim_hash(password)  # in every case, so that the time taken tells nothing
    try:
        with transaction.atomic():
            return _store(username, email, hashed)
    except IntegrityError:
        # Someone registered the same name or address since we looked: look again.
        with transaction.atomic():
            return _store(username, email, hashed)


def _store(username: str, email: str, hashed: str) -> User:
    same = Q(username__iexact=username) | Q(email__iexact=email)
    owner = None
    for user in User.objects.select_for_update().filter(same).order_by("pk"):
        if user.email.upper() == email.upper():
            owner = user
        else:
            raise NameTakenError(username)
    if owner is None:
        return User.objects.create(
            username=username,
            email=email,
            password=hashed,
            is_active=False,
            awaiting_activation=True,
        )
    if owner.awaiting_activation:
        owner.username, owner.password, owner.date_joined = username, hashed, timezone.now()
        owner.save(update_fields=["username", "password", "date_joined"])
    elif owner.username.upper() == username.upper():
        raise NameTakenError(username)
    return owner
