"""Files that this Python cannot parse: a note where a draft can be, else a refusal; never silence."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from celeriac.description.problems import InputError
from celeriac.starting.look import look
from celeriac.starting.notes import notes
from tests.unit.starting.projects import copy
from tests.unit.test_cli import celeriac

PYTHON = f"Python {sys.version_info.major}.{sys.version_info.minor}"
# What no Python reads today, as `type X = …` is to 3.11.
NEWER = "import os\nnewer Syntax = 1\n"
CANNOT = f"{PYTHON}, which runs this command, cannot parse it: invalid syntax."
NEWER_ONE = f"{CANNOT} Is it written for a newer one?"


def wrong(name: str, file: str, text: str, folder: Path) -> Path:
    """Return a copy of the project with a file that has this text."""
    copied = copy(name, folder)
    (copied / file).write_text(text)
    return copied


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        (
            "visits/reminders.py",
            f"{NEWER}@shared_task\ndef remind(): ...\n",
            f"2: {NEWER_ONE} Its tasks are not in the draft: add their queues, and pools for them.",
        ),
        (
            "clinic/wsgi.py",
            NEWER,
            f"2: {NEWER_ONE} The draft says nothing of it: look at `web`, and at `django/settings`.",
        ),
        (
            "clinic/urls.py",
            NEWER,
            f"2: {NEWER_ONE} A health check in it is not in the draft: write it to `web/health`.",
        ),
        (
            "visits/views.py",
            f"{NEWER}from visits.tasks import remind\nremind.delay()\n",
            f"2: {NEWER_ONE} Nothing of it is in the draft.",
        ),
        ("visits/models.py", NEWER, f"2: {NEWER_ONE} Nothing of it is in the draft."),
    ],
)
def test_a_note_with_its_place(tmp_path: Path, file: str, text: str, says: str) -> None:
    found = look(wrong("clinic", file, text, tmp_path))
    assert f"{file}:{says}" in [str(note) for note in notes(found)]


def test_the_note_is_printed_and_stands_in_the_draft(tmp_path: Path) -> None:
    folder = wrong("minimal", "hello/tasks.py", f"{NEWER}@app.task\ndef hello(): ...\n", tmp_path)
    said = celeriac("init", str(folder))
    assert (said.returncode, said.stderr) == (0, "")
    assert f"note: hello/tasks.py:2: {NEWER_ONE} Its tasks are not in the draft:" in said.stdout
    assert f"\n# hello/tasks.py:2: {PYTHON}" in (folder / "celeriac.yml").read_text()


@pytest.mark.parametrize(
    ("name", "file", "part"),
    [
        ("minimal", "manage.py", "manage.py"),
        ("minimal", "hello/settings.py", "the settings hello.settings"),
        ("minimal", "hello/celery.py", "the Celery application's file"),
        ("parcel", "src/parcel/settings/production.py", "the settings parcel.settings.production"),
        (
            "parcel",
            "src/parcel/settings/base.py",
            "what src/parcel/settings/production.py takes everything from",
        ),
        ("clinic", "clinic/celeryconfig.py", "the settings clinic.celeryconfig"),
    ],
)
def test_no_draft_without_it(tmp_path: Path, name: str, file: str, part: str) -> None:
    folder = wrong(name, file, f"{NEWER}# django, app = Celery()\n", tmp_path)
    with pytest.raises(InputError) as raised:
        look(folder)
    assert str(raised.value) == (
        f"{folder / file}:2: no draft without {part}, and {CANNOT} "
        "Correct it, or run init with the newer Python that it is written for."
    )


@pytest.mark.parametrize(
    ("text", "queues"),
    [
        ("@app.task\ndef a(): ...", ["hello", "mail"]),
        ("app.register_task(A())", ["hello", "mail"]),
        ("a.delay()", ["mail"]),
    ],
)
def test_tasks_that_could_not_be_read_keep_the_default_queue(
    tmp_path: Path, text: str, queues: list[str]
) -> None:
    folder = wrong("minimal", "hello/tasks.py", f"{NEWER}{text}\n", tmp_path)
    (folder / "hello" / "views.py").write_text("def send(task):\n    task.s().set(queue='mail')\n")
    assert list(look(folder).queues.queues) == queues


def test_a_refusal_writes_nothing(tmp_path: Path) -> None:
    folder = wrong("minimal", "hello/settings.py", NEWER, tmp_path)
    said = celeriac("init", folder=folder)
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith("hello/settings.py:2: no draft without the settings")
    assert not (folder / "celeriac.yml").exists()


def test_another_celery_application_further_away_does_not_do(tmp_path: Path) -> None:
    folder = wrong("minimal", "hello/celery.py", NEWER, tmp_path)
    (folder / "tools").mkdir()
    (folder / "tools" / "work.py").write_text("from celery import Celery\napp = Celery('tools')\n")
    with pytest.raises(InputError, match=re.escape("hello/celery.py:2: no draft without")):
        look(folder)


def test_a_celery_application_beside_it_does(tmp_path: Path) -> None:
    folder = wrong("minimal", "hello/bench.py", f"{NEWER}app = Celery()\n", tmp_path)
    assert look(folder).app.source.module == "hello.celery"


@pytest.mark.parametrize(
    "file", ["hello/{{ name }}.py", "hello/.#tasks.py", "hello/tests/old.py", "hello/test_old.py"]
)
def test_files_that_no_process_imports(tmp_path: Path, file: str) -> None:
    folder = copy("minimal", tmp_path)
    before = notes(look(folder))
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text(NEWER)
    assert notes(look(folder)) == before


def test_a_file_that_does_not_open(tmp_path: Path) -> None:
    folder = copy("minimal", tmp_path)
    (folder / "hello" / "old.py").symlink_to("gone.py")
    (note,) = (str(one) for one in notes(look(folder)) if "old" in str(one))
    assert note == (
        "hello/old.py:1: it does not open: No such file or directory. Nothing of it is in the draft."
    )


def test_settings_that_do_not_open(tmp_path: Path) -> None:
    folder = copy("minimal", tmp_path)
    (folder / "hello" / "settings.py").unlink()
    (folder / "hello" / "settings.py").symlink_to("gone.py")
    says = "it does not open: No such file or directory. Let this user read it."
    with pytest.raises(InputError, match=re.escape(says)):
        look(folder)


def test_the_mark_of_utf_8_at_the_beginning(tmp_path: Path) -> None:
    folder = copy("minimal", tmp_path)
    tasks = folder / "hello" / "tasks.py"
    tasks.write_text(tasks.read_text(), encoding="utf-8-sig")
    assert [task.name for task in look(folder).tasks] == ["hello.tasks.say_hello"]
