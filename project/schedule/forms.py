import json

from django.core.exceptions import ValidationError
from django_celery_beat.admin import PeriodicTaskForm


class ScheduledTaskForm(PeriodicTaskForm):
    """Refuses what beat could only fail on later, where nobody sees it."""

    def clean(self):
        cleaned = super().clean()
        name = cleaned.get("task")
        celery_app = self.fields["regtask"].widget.celery_app
        if name and name not in celery_app.tasks:
            self.add_error("task", f"No task is called {name}. Choose one from the list.")
        return cleaned

    def clean_args(self):
        return self._json_of(list, "args", "a list, for example [1, 2]")

    def clean_kwargs(self):
        return self._json_of(dict, "kwargs", 'an object, for example {"days": 7}')

    def _json_of(self, kind: type, field: str, shape: str) -> str:
        value = self._clean_json(field)
        if not isinstance(json.loads(value), kind):
            raise ValidationError(f"Write {shape}.")
        return value
