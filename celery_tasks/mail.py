"""Mail to people. Arguments are primary keys: addresses and links never pass the broker."""

from smtplib import SMTPException

from celery import shared_task

from project.accounts import mail
from project.accounts.models import User
from project.accounts.passwords import finish_hash


# A mail server that is away comes back: twelve tries, 5 s to 10 min apart, over about an hour.
@shared_task(
    autoretry_for=(SMTPException, OSError),
    retry_backoff=5,
    retry_backoff_max=600,
    retry_jitter=True,
    max_retries=12,
)
def send_register_active_mail(user_id: int) -> str:
    """Send the mail that fits the account's state: the activation link, or that it is active.

    A repeated run sends the mail again; the link it holds is as good as the first one's.
    """
    user = User.objects.filter(pk=user_id).first()
    if user is not None and user.awaiting_activation:
        finish_hash(user)
        mail.send_activation_mail(user)
    elif user is not None and user.is_active:
        mail.send_already_active_mail(user)
    return "The mail server has taken the mail."
