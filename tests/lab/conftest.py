"""What the tests of the lab share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.deployed import MINIMAL


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A copy of the minimal application, to be changed into another release."""
    copy = tmp_path / "minimal"
    shutil.copytree(MINIMAL, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy
