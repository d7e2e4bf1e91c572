from django import forms
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from project.accounts.models import User


class RegistrationForm(forms.Form):
    """Used by the page and by the JSON API alike."""

    username = UsernameField(
        label="User name",
        max_length=User._meta.get_field("username").max_length,
        validators=[User.username_validator],
        help_text="Letters, digits and @ . + - _. Capitals make no difference.",
    )
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        help_text="We send the activation link there.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=1024,  # more would only keep the processor busy
        help_text="At least 10 characters, not a common password, not only digits, not your name.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self):
        cleaned = super().clean()
        if password := cleaned.get("password"):
            someone = User(username=cleaned.get("username", ""), email=cleaned.get("email", ""))
            try:
                validate_password(password, someone)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class ResendForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
