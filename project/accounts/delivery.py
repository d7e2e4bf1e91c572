"""Accounts and the mails about them, in one transaction each: both are accepted, or neither."""

from django.db import transaction

from celery_tasks.mail import send_register_active_mail
from project.accounts.models import User
from project.accounts.registration import register
from project.runs.models import Run

NO_ACCOUNT = 0  # no user has this primary key


def open_account(owner: str, username: str, email: str, password: str) -> Run:
    """Register, and ask for the mail; the owner can follow it. Raises as `register` does."""
    with transaction.atomic():
        user = register(username, email, password)
        return Run.start(owner, "Activation mail", send_register_active_mail.s(user.pk))


def ask_again(email: str) -> None:
    """Ask for the mail to this address again.

    For an address that nobody registered a task that does nothing is published, so that the
    time taken does not tell whether the address is known.
    """
    user = User.objects.filter(email__iexact=email).only("pk").first()
    send_register_active_mail.delay(user.pk if user else NO_ACCOUNT)
