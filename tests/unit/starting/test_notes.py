"""What a person is told of a project before its first deploy, with the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from celeriac.starting.look import look
from celeriac.starting.notes import notes
from tests.unit.starting.projects import copy


def said(folder: Path, file: str, text: str) -> list[str]:
    """Return the notes on the minimal project with these lines at the end of a file."""
    path = copy("minimal", folder) / file
    before = path.read_text()
    path.write_text(f"{before}\n{text}\n")
    line = len(before.splitlines()) + 2
    found = [str(note) for note in notes(look(folder / "minimal"))]
    return [one.partition(": ")[2] for one in found if one.startswith(f"{file}:{line}: ")]


@pytest.mark.parametrize(
    ("name", "proposed"),
    [
        ("High Priority!", "High-Priority"),
        ("mail,sms", "mail-sms"),
        (", ", "tasks"),
        ("high.priority!", None),
    ],
)
def test_a_queue_that_check_refuses(tmp_path: Path, name: str, proposed: str | None) -> None:
    text = f"say_hello.apply_async(queue={name!r})"
    expected = (
        f"`celeriac check` refuses the queue '{name}': Celery separates queues by commas, so a name "
        f"has neither these nor spaces. Call it {proposed} in the code and in the draft."
    )
    assert said(tmp_path, "hello/tasks.py", text) == ([expected] if proposed else [])


REDIS = (
    "Celery's broker is read from REDIS_URL, which carries the cache in the draft, and must be "
    "RabbitMQ here. CELERY_BROKER_URL carries it, which Celery prefers: say "
    "os.environ['CELERY_BROKER_URL'] there."
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CELERY_BROKER_URL = environ['REDIS_URL']", [REDIS]),
        ("BROKER_URL = environ.get('REDIS_URL', 'redis://')", [REDIS]),
        ("BROKER_URL = environ['AMQP_URL']", []),
    ],
)
def test_a_broker_that_was_redis(tmp_path: Path, text: str, expected: list[str]) -> None:
    found = said(tmp_path, "hello/settings.py", text)
    assert [note for note in found if "broker" in note] == expected
