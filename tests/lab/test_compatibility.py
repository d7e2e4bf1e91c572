"""A release without a task that somebody may still ask for is refused, and goes on if forced."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployed import ROOT, Deployed, make
from tests.lab.minimal import APP, hello, units

WHY = "FORCE=a test that puts it back"


def rename(file: Path, task: str, other: str) -> None:
    """Give the task another name; who calls it in the code still can."""
    text = file.read_text()
    assert f"\ndef {task}(" in text
    file.write_text(text.replace(f"\ndef {task}(", f"\ndef {other}(") + f"\n\n{task} = {other}\n")


@pytest.fixture
def renamed(deployed: Deployed, changed: Path) -> Iterator[str]:
    """The minimal application runs; its next release has its task under another name."""
    first = make("deploy", APP)
    assert first.code == 0, first.text
    rename(changed / "hello" / "tasks.py", "say_hello", "greet")
    yield f"APP={changed / 'celeriac.yml'}"
    last = make("deploy", APP, WHY)
    assert last.code == 0, last.text


def test_a_hosted_application_may_not_lose_a_task_unless_forced(
    deployed: Deployed, renamed: str
) -> None:
    before = units(deployed, "minimal")
    said = make("deploy-only", renamed)
    assert said.code != 0
    assert "hello.tasks.say_hello: the task was removed" in said.text
    assert "Keep it for one more release with `deprecated=True`" in said.text
    assert "Run the steps" not in said.text
    assert units(deployed, "minimal") == before
    assert hello(deployed)["result"].startswith("Hello from")

    forced = make("deploy-only", renamed, "FORCE=tried in a test")
    assert forced.code == 0, forced.text
    shown = " ".join(forced.text.split())
    assert "Forced (tried in a test): hello.tasks.say_hello: the task was removed" in shown
    assert hello(deployed)["result"].startswith("Hello from")


def test_a_task_of_the_schedule_may_not_go(deployed: Deployed, tmp_path: Path) -> None:
    """The application is asked on the host of its steps, and the broker on one of its own."""
    copy = tmp_path / "shop"
    for name in ("celery_tasks", "project", "requirements"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("celeriac.yml", "manage.py"):
        shutil.copy(ROOT / name, copy)
    rename(copy / "celery_tasks" / "flash_sale.py", "write_flash_sale", "write_board")
    before = units(deployed, "dailyfresh")
    said = make("deploy-only", f"APP={copy / 'celeriac.yml'}")
    assert said.code != 0
    assert "celery_tasks.flash_sale.write_flash_sale: the task was removed" in said.text
    assert "1 in the schedule" in said.text
    assert units(deployed, "dailyfresh") == before


def test_a_module_that_does_not_import_is_no_release(deployed: Deployed, changed: Path) -> None:
    tasks = changed / "hello" / "tasks.py"
    tasks.write_text(f"import nothing_of_this_name\n{tasks.read_text()}")
    said = make("deploy-only", f"APP={changed / 'celeriac.yml'}")
    assert said.code != 0
    assert "hello.tasks, line 1, cannot be imported" in said.text
    assert "Traceback" not in said.text
    assert "Ship the release" not in said.text
