"""Queues and tasks: what the text says, and which task goes where."""

from __future__ import annotations

from pathlib import Path

import pytest

from celeriac.starting import queues, requirements, tasks
from celeriac.starting.settings import of_module
from celeriac.starting.tree import Tree

TASKS = """
from celery import shared_task
@shared_task
def send(): ...
@app.task(name="bill", queue="money")
def charge(): ...
"""


def look(folder: Path, settings: str) -> tuple[dict[str, list[str]], int]:
    (folder / "work.py").write_text(TASKS)
    (folder / "conf.py").write_text(settings)
    tree = Tree(folder)
    celery, _ = of_module(tree, "conf")
    found = queues.find(tree, celery, tasks.find(tree))
    names = {name: [task.name for task in queue.tasks] for name, queue in found.queues.items()}
    return names, len(found.unread)


@pytest.mark.parametrize(
    ("settings", "expected", "unread"),
    [
        ("", {"celery": ["work.send"], "money": ["bill"]}, 0),
        ("task_default_queue = 'main'", {"main": ["work.send"], "money": ["bill"]}, 0),
        ("task_routes = {'work.*': {'queue': 'a'}}", {"a": ["work.send"], "money": ["bill"]}, 0),
        ("task_routes = {'work.send': 'a'}", {"a": ["work.send"], "money": ["bill"]}, 0),
        # An exact name wins, wherever it stands; a task's own queue wins over both.
        (
            "task_routes = {'*': 'rest', 'work.send': 'a'}",
            {"a": ["work.send"], "money": ["bill"], "rest": []},
            0,
        ),
        ("task_routes = [('work.*', {'queue': 'a'})]", {"a": ["work.send"], "money": ["bill"]}, 0),
        (
            "task_routes = ([('work.*', {'queue': 'a'}), ('x', {'queue': 'b'})],)",
            {"a": ["work.send"], "b": [], "money": ["bill"]},
            0,
        ),
        ("Q = 'a'\ntask_routes = {'work.*': {'queue': Q}}", {"a": ["work.send"], "money": ["bill"]}, 0),
        ("task_routes = route", {"celery": ["work.send"], "money": ["bill"]}, 1),
        ("task_routes = [route, {'work.*': 'a'}]", {"a": ["work.send"], "money": ["bill"]}, 1),
        (
            "task_queues = [Queue('a'), Queue(name='b')]",
            {"a": [], "b": [], "celery": ["work.send"], "money": ["bill"]},
            0,
        ),
        ("task_queues = {'a': {}}", {"a": [], "celery": ["work.send"], "money": ["bill"]}, 0),
    ],
)  # fmt: skip
def test_where_tasks_go(
    tmp_path: Path, settings: str, expected: dict[str, list[str]], unread: int
) -> None:
    assert look(tmp_path, settings) == (expected, unread)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"requirements.txt": "celery==5 \\\n  --hash=sha256:0\n"}, ("requirements.txt", [])),
        ({"requirements.txt": "celery>=5 # why\n-e .\n\n"}, (None, ["celery>=5"])),
        (
            {"requirements.txt": "x\n", "requirements/prod.txt": "celery==5 --hash=sha256:0\n"},
            ("requirements/prod.txt", []),
        ),
        (
            {"requirements.txt": "celery\n-e git+https://example.org/x.git@1#egg=x\n-e ./lib\n"},
            (None, ["celery", "git+https://example.org/x.git@1#egg=x"]),
        ),
        ({"requirements-dev.txt": "celery\n"}, (None, [])),
        (
            {"pyproject.toml": "[project]\ndependencies = [\"celery>=5 ; os_name == 'posix'\"]"},
            (None, ["celery>=5 ; os_name == 'posix'"]),
        ),
        (
            {
                "pyproject.toml": "[tool.poetry.dependencies]\npython = '^3.12'\ncelery = '^5.4'\n"
                "django = {version = '5.2', extras = ['bcrypt']}\nredis = '*'\n",
                "poetry.lock": "[[package]]\nname = 'celery'\nversion = '5.7.0'\n",
            },
            (None, ["celery==5.7.0", "django[bcrypt]==5.2", "redis"]),
        ),
        ({"pyproject.toml": "not = [toml"}, (None, [])),
    ],
)
def test_requirements(
    tmp_path: Path, files: dict[str, str], expected: tuple[str | None, list[str]]
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    tree = Tree(tmp_path)
    found = requirements.find(tmp_path, tree.source)
    assert (found.file, found.packages) == expected


def test_requirements_that_cannot_be_said(tmp_path: Path) -> None:
    text = "-r base.txt\n-e .\n-e ./lib\n-e git+https://example.org/x.git\n--pre # why\ncelery\n"
    (tmp_path / "requirements.txt").write_text(text)
    found = requirements.find(tmp_path, Tree(tmp_path).source)
    left_out = [(line.value, line.place.line) for line in found.left_out]
    assert left_out == [("-e ./lib", 3), ("--pre", 5)]


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("@shared_task\ndef run(): ...", None),
        ("@shared_task(time_limit=20 * 60)\ndef run(): ...", 1200),
        ("@app.task(bind=True, time_limit=0.5)\ndef run(self): ...", 1),
        ("@shared_task(time_limit=None)\ndef run(): ...", None),
        ("@shared_task(time_limit=LIMIT)\ndef run(): ...", None),
        ("class Run(Task):\n  time_limit = 90\n  def run(self): ...\napp.register_task(Run())", 90),
    ],
)
def test_a_tasks_own_time_limit(tmp_path: Path, text: str, limit: int | None) -> None:
    (tmp_path / "work.py").write_text(f"from celery import Task, shared_task\n{text}\n")
    assert [task.time_limit for task in tasks.find(Tree(tmp_path))] == [limit]
