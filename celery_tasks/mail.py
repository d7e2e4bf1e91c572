"""Mail to people. Arguments are primary keys: addresses and links never pass the broker."""

from smtplib import SMTPException

from celery import Task, shared_task

from celeriac.publishing.transactions import independent
from project.accounts import mail
from project.accounts.models import User
from project.accounts.passwords import finish_hash


# A mail server that is away comes back: twelve tries, 5 s to 10 min apart, over about an hour.
@shared_task(
    bind=True,
    once=True,
    autoretry_for=(SMTPException, OSError),
    retry_backoff=5,
    retry_backoff_max=600,
    retry_jitter=True,
    max_retries=12,
)
def send_register_active_mail(self: Task, user_id: int) -> str:
    """Send the mail that fits the account's state: the activation link, or that it is active.

    The mail goes out as the last thing before the commit. A run that ends between the two is
    repeated: the second mail has the first one's Message-ID, and its link is as good.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is not None and user.awaiting_activation:
        # Kept even if the mail cannot be sent now: no account is active with less.
        with independent("default"):
            finish_hash(user)
        mail.send_activation_mail(user, self.request.id)
    elif user is not None and user.is_active:
        mail.send_already_active_mail(user, self.request.id)
    return "The mail server has taken the mail."
