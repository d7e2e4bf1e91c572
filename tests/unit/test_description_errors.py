"""Every mistake in celeriac.yml is reported with its place and its remedy: the table beside this."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from celeriac.description.loading import load
from celeriac.description.problems import InputError
from tests.descriptions import HOSTED, REMOVED, write

ROWS = yaml.safe_load(Path(__file__).with_name("description_errors.yml").read_text())


@pytest.fixture(autouse=True)
def _in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def problems(path: Path) -> list[str]:
    try:
        load(path)
    except InputError as error:
        return [str(problem) for problem in error.problems]
    return []


@pytest.mark.parametrize("changes", [{}, HOSTED], ids=["integrated", "hosted"])
def test_right(changes: dict[str, Any]) -> None:
    assert problems(write(Path(), changes)) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["change"] or list(row["files"])))
def test_wrong(row: dict[str, Any]) -> None:
    base = HOSTED if row.get("hosted") else {}
    change = {path: REMOVED if new == "<removed>" else new for path, new in row["change"].items()}
    assert problems(write(Path(), base | change, row.get("files"))) == row["says"]


def test_all_at_once() -> None:
    """A mistake in one section does not hide those in others, and is not reported twice."""
    changes = {
        "pools/mail/concurency": 1,
        "pools/mail/memory": 512,
        "default_queue": "mial",
        "connections/CACHE": "cache",
        "web/publishes": ["mail", "bluk"],
        "django/settings": "shop.setings",
    }
    assert [problem.partition(":")[0] for problem in problems(write(Path(), changes))] == [
        "pools/mail/memory",
        "pools/mail/concurency",
        "default_queue",
        "connections/CACHE",
        "django/settings",
    ]
