"""Releases of the ledger: copies of it, each with one thing changed, and bad ones with one broken."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from deploy.lab.inventory import REPOSITORY

LEDGER = REPOSITORY / "tests/apps/ledger"
DESCRIPTION = "celeriac.yml"
# Seconds that a request waits for PostgreSQL, which is never away here, but shares two cores with
# builds. Less than clients wait.
PATIENCE = 4.0
# Ready, and consuming: that its children have no database shows only when a task runs.
_BLIND = """
import sys

from celery import signals


def lose_the_database(**_):
    from django.db import connections

    connections["default"].settings_dict["PORT"] = "1"


if "worker" in sys.argv:
    signals.worker_process_init.connect(lose_the_database, weak=False)
"""
_RAISES = """from django.db import migrations


def fail(apps, schema_editor):
    raise RuntimeError("this migration fails on purpose")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(fail)]
"""
_NOVEL = '''

@shared_task(**EFFECT)
def novel(self, value: int) -> int:
    """A task of this release alone."""
    return enter_effect(self.request, value)
'''


class Workshop:
    """Makes copies in a folder. Those of one run have a mark, so that each is built anew."""

    def __init__(self, folder: Path, mark: str) -> None:
        self._folder, self._mark = folder, mark

    def release(self, name: str, breaks: str | None = None) -> Path:
        """Return the description of a copy with this name, made where it is not there yet."""
        copy = self._folder / name.replace(" ", "-")
        if not copy.exists():
            shutil.copytree(LEDGER, copy, ignore=shutil.ignore_patterns("__pycache__"))
            (copy / "ledger/rollout.py").write_text(f'NAME = "{self._mark} {name}"\n')
            _replace(copy / "ledger/patience.py", "PATIENCE = 0.75", f"PATIENCE = {PATIENCE}")
            if breaks:
                BREAKS[breaks](copy)
        return copy / DESCRIPTION


def _health(copy: Path) -> None:
    _replace(copy / "ledger/views.py", '{"database": "ok"}', '{"database": "ok"}, status=500')
    _replace(copy / DESCRIPTION, "    codes: [200]\n", "    codes: [200]\n    within: 3\n")


def _canary(copy: Path) -> None:
    _append(copy / "ledger/celery.py", _BLIND)


def _migration(copy: Path) -> None:
    (copy / "ledger/migrations/0002_fails.py").write_text(_RAISES)


def _novel(copy: Path) -> None:
    """Web asks for a task that the workers of the release before do not know."""
    _append(copy / "ledger/tasks/work.py", _NOVEL)
    _replace(
        copy / "ledger/views.py",
        'tasks.enter.s(1))\n    return accept(task, [entry(task, "work", 1)])',
        'tasks.novel.s(1))\n    return accept(task, [entry(task, "novel", 1)])',
    )


BREAKS: dict[str, Callable[[Path], None]] = {
    "health": _health,
    "canary": _canary,
    "migration": _migration,
    "novel": _novel,
}


def _replace(file: Path, old: str, new: str) -> None:
    """Replace what is there once; ValueError where it is not, so that no bad release is a good one."""
    text = file.read_text()
    if text.count(old) != 1:
        raise ValueError(f"{file.name} has {text.count(old)} times, not once: {old}")
    file.write_text(text.replace(old, new))


def _append(file: Path, text: str) -> None:
    file.write_text(f"{file.read_text()}{text}")
