"""What people find in their mailbox, and the sending of it."""

import smtplib
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from project.accounts import activation
from project.accounts.models import User


class MailRefusedError(Exception):
    """The mail server refuses this mail for good; trying again would not help."""


def send_activation_mail(user: User, reason: str) -> None:
    """Send the activation link. Raises as `_send` does; `reason` is the id of what asks for it."""
    context = {
        "user": user,
        "link": activation.link(user),
        "hours": settings.ACTIVATION_MAX_AGE // 3600,
    }
    subject = "Activate your Daily Fresh account"
    _send(user, subject, "accounts/mail/activation.txt", context, reason)


def send_already_active_mail(user: User, reason: str) -> None:
    """Tell the owner that someone asked for an account with their address. Raises as `_send`."""
    context = {"user": user, "link": settings.SITE_URL + reverse("login")}
    subject = "You already have a Daily Fresh account"
    _send(user, subject, "accounts/mail/already.txt", context, reason)


def _send(user: User, subject: str, template: str, context: dict[str, object], reason: str) -> None:
    """Raise MailRefusedError for good, SMTPException or OSError for a failure that may pass.

    The same reason gives the same Message-ID, by which mailboxes know a mail that comes twice.
    """
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    headers = {"Message-ID": f"<{reason}@{address.partition('@')[2]}>"}
    text = render_to_string(template, context)
    message = EmailMessage(subject, text, to=[user.email], headers=headers)
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        code, reply = next(iter(error.recipients.values()))
        _raise_if_final(code, reply, error)
        raise
    except smtplib.SMTPResponseException as error:
        _raise_if_final(error.smtp_code, error.smtp_error, error)
        raise


def _raise_if_final(code: int, reply: bytes | str, error: Exception) -> None:
    """RFC 5321: replies from 500 on are permanent, those from 400 to 499 are not."""
    if code >= 500:
        text = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
        raise MailRefusedError(f"The mail server refused the mail: {code} {text}") from error
