"""Copies of the applications, to be changed into other releases."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.deployed import MINIMAL, ROOT

_IGNORED = shutil.ignore_patterns("__pycache__")


def of_minimal(folder: Path) -> Path:
    """Copy the minimal application below a folder; return where."""
    return Path(shutil.copytree(MINIMAL, folder / "minimal", ignore=_IGNORED))


def of_shop(folder: Path) -> Path:
    """Copy the reference application below a folder; return where."""
    copy = folder / "shop"
    for name in ("celery_tasks", "project", "requirements"):
        shutil.copytree(ROOT / name, copy / name, ignore=_IGNORED)
    for name in ("celeriac.yml", "manage.py"):
        shutil.copy(ROOT / name, copy)
    return copy
