"""Asks the mail worker for the account's mail."""

from celery_tasks.mail import send_register_active_mail
from project.accounts.models import User
from project.publishing import hand_over
from project.runs.models import Run

NO_ACCOUNT = 0  # no user has this primary key


def ask_for_mail(user: User, owner: str) -> Run:
    """Publish the task, and let the owner of the run follow it. Call it after the commit."""
    task = send_register_active_mail.s(user.pk)
    return Run.start(owner, "Activation mail", task)


def ask_again(email: str) -> bool:
    """Send the mail for this address again; False when the broker did not take the task.

    For an address that nobody registered a task that does nothing goes out, so that neither
    the time taken nor a broker that is down tells whether the address is known.
    """
    user = User.objects.filter(email__iexact=email).only("pk").first()
    return hand_over(send_register_active_mail.s(user.pk if user else NO_ACCOUNT))
