from django import forms


class ForecastForm(forms.Form):
    rounds = forms.TypedChoiceField(
        label="Simulated days",
        coerce=int,
        initial=20_000_000,
        choices=[
            (2_000_000, "2 million (a few seconds)"),
            (5_000_000, "5 million (several seconds)"),
            (20_000_000, "20 million (under a minute)"),
            (100_000_000, "100 million (minutes)"),
        ],
    )


class FailuresForm(forms.Form):
    failures = forms.IntegerField(
        label="Failures before it works",
        min_value=0,
        max_value=6,
        initial=2,
        help_text="It gives up after five retries, so six failures are one too many.",
    )


class DaysForm(forms.Form):
    days = forms.IntegerField(label="Days", min_value=1, max_value=366, initial=28)


class NothingForm(forms.Form):
    """A report without parameters."""
