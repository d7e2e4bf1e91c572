"""What `manage.py check` says about settings that beat could not work with."""

from pathlib import Path

import pytest

from tests.integration.scheduling.timetable import Timetable

BEAT = "django_celery_beat.schedulers:DatabaseScheduler"
TWO_DATABASES = """
DATABASES["other"] = DATABASES["default"]
class Router:
    def db_for_write(self, model, **hints):
        return "other" if model._meta.app_label == "django_celery_beat" else None
DATABASE_ROUTERS = ["broken.Router"]
"""


@pytest.mark.parametrize(
    ("settings", "problem", "said"),
    [
        ("", "", "no issues"),
        ("INSTALLED_APPS.remove('django_celery_beat')", "E001", "Add 'django_celery_beat'"),
        (f"CELERY_BEAT_SCHEDULER = '{BEAT}'", "E002", f"CELERY_BEAT_SCHEDULER is '{BEAT}'"),
        (TWO_DATABASES, "E003", "PeriodicTask is in database 'other'"),
        ("USE_TZ = False", "E004", "USE_TZ is False"),
    ],
    ids=["right", "no entries", "another scheduler", "two databases", "local time"],
)
def test_settings(
    timetable: Timetable, tmp_path: Path, settings: str, problem: str, said: str
) -> None:
    (tmp_path / "broken.py").write_text(f"from timetable.settings import *\n{settings}\n")
    command = ["python", "-m", "django", "check", "--settings=broken", f"--pythonpath={tmp_path}"]
    check = timetable.start("beat", command, "none")
    assert check.wait() == bool(problem)
    assert f"(celeriac_scheduling.{problem})" in check.log or not problem
    assert said in check.log
