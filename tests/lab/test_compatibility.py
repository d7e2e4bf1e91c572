"""A release without a task that somebody may still ask for is refused, and goes on if forced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deployed import Deployed, make
from tests.lab.minimal import go_back, hello, units


def rename(file: Path, task: str, other: str) -> None:
    """Give the task another name; who calls it in the code still can."""
    text = file.read_text()
    assert f"\ndef {task}(" in text
    file.write_text(text.replace(f"\ndef {task}(", f"\ndef {other}(") + f"\n\n{task} = {other}\n")


@pytest.fixture
def renamed(minimal: None, changed: Path) -> Iterator[str]:
    """The minimal application runs; its next release has its task under another name."""
    rename(changed / "hello" / "tasks.py", "say_hello", "greet")
    yield f"APP={changed / 'celeriac.yml'}"
    go_back()


def test_a_module_that_does_not_import_is_no_release(minimal: None, changed: Path) -> None:
    tasks = changed / "hello" / "tasks.py"
    tasks.write_text(f"import nothing_of_this_name\n{tasks.read_text()}")
    said = make("deploy-only", f"APP={changed / 'celeriac.yml'}")
    assert said.code != 0
    assert "hello.tasks, line 1, cannot be imported" in said.text
    assert "Traceback" not in said.text
    assert "Ship the release" not in said.text


def test_a_task_of_the_schedule_may_not_go(deployed: Deployed, shop: Path) -> None:
    """The application is asked on the host of its steps, and the broker on one of its own."""
    rename(shop / "celery_tasks" / "flash_sale.py", "write_flash_sale", "write_board")
    before = units(deployed, "dailyfresh")
    said = make("deploy-only", f"APP={shop / 'celeriac.yml'}")
    assert said.code != 0
    assert "celery_tasks.flash_sale.write_flash_sale: the task was removed" in said.text
    assert "1 in the schedule" in said.text
    assert units(deployed, "dailyfresh") == before


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
