"""The user: a name and an e-mail address, each unique however it is capitalised."""

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Upper


class CaseInsensitiveUserManager(UserManager):
    def get_by_natural_key(self, username: str) -> "User":
        """Let people log in as `Anna` who registered as `anna`."""
        return self.get(username__iexact=username)


class User(AbstractUser):
    # Django's 128 characters are just what plain scrypt takes; see `hashers`.
    password = models.CharField(max_length=200)
    email = models.EmailField("e-mail address")
    # Not the same as inactive: an account that staff switched off is inactive too, and no
    # mail and no link may switch it on again.
    awaiting_activation = models.BooleanField(
        default=False, help_text="Registered; the link in the activation mail makes it active."
    )

    objects = CaseInsensitiveUserManager()

    class Meta(AbstractUser.Meta):
        # Upper, because that is what Django's `iexact` compares, so these indexes serve it.
        constraints = [
            models.UniqueConstraint(
                Upper("username"),
                name="accounts_user_name_any_case",
                violation_error_message="This user name is taken.",
            ),
            models.UniqueConstraint(
                Upper("email"),
                name="accounts_user_email_any_case",
                violation_error_message="Another account has this e-mail address.",
            ),
        ]
