"""What a release's `tasks.json` says of real applications, and how it says that one does not load."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
TALLY = ROOT / "tests" / "integration" / "tally"

APPLICATION = """
from celery import Celery

app = Celery("shop", broker="amqp://no-broker.invalid//")
app.conf.imports = ["shop.tasks", "shop.more"]
app.conf.task_default_queue = "rest"
app.conf.task_routes = ({"shop.more.*": {"queue": "more"}}, "shop.routes.route")
"""
ROUTES = """
def route(name, args, kwargs, options, task=None, **_):
    return {"queue": args[0]} if name == "shop.tasks.asks" else None
"""
TASKS = """
import functools

from celery import Task, shared_task

from shop.celery import app


def logged(run):
    @functools.wraps(run)
    def wrapper(*args, **kwargs):
        return run(*args, **kwargs)
    return wrapper


@shared_task
def plain(user, text="", /, times=1, *more, loud, quiet=None, **rest): ...


@shared_task(bind=True, autoretry_for=(OSError,))
def bound(self, user): ...


@shared_task
@logged
def decorated(user): ...


@shared_task(once=True, deprecated=True, queue="own")
def options(): ...


@shared_task
def asks(queue): ...


class Report(Task):
    name = "shop.report"
    deprecated = "a method's text, or anything"

    def run(self, day: "Missing"): ...


class Odd(Task):
    name = "shop.odd"
    run = staticmethod(max)


app.register_task(Report())
app.register_task(Odd())
"""
MORE = "from celery import shared_task\n\n@shared_task(name='shop.more.named')\ndef other(): ...\n"
SHOP = {"celery": APPLICATION, "routes": ROUTES, "tasks": TASKS, "more": MORE}


def write(folder: Path, modules: Mapping[str, str]) -> None:
    package = folder / "shop"
    package.mkdir()
    for name, text in {"__init__": "", **modules}.items():
        (package / f"{name}.py").write_text(text)


def run(folder: Path, output: Path, application: str, **environment: str) -> Any:
    return subprocess.run(
        [sys.executable, "-m", "celeriac.worker.manifest", application, str(output)],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("application")
    write(folder, SHOP)
    texts = []
    for seed in ("1", "2"):
        output = folder / f"tasks-{seed}.json"
        done = run(folder, output, "shop.celery", PYTHONHASHSEED=seed)
        assert (done.returncode, done.stderr) == (0, "")
        texts.append(output.read_text())
    assert texts[0] == texts[1], "the same inputs give the same archive"
    found: dict[str, Any] = json.loads(texts[0])
    return found


def test_it_has_the_applications_tasks_alone(manifest: dict[str, Any]) -> None:
    tasks = [f"shop.tasks.{name}" for name in ("asks", "bound", "decorated", "options", "plain")]
    assert list(manifest["tasks"]) == ["shop.more.named", "shop.odd", "shop.report", *tasks]


@pytest.mark.parametrize(
    ("task", "parameters"),
    [
        ("shop.tasks.bound", ["user positional_or_keyword"]),
        ("shop.tasks.decorated", ["user positional_or_keyword"]),
        ("shop.tasks.options", []),
        ("shop.report", ["day positional_or_keyword"]),
        (
            "shop.tasks.plain",
            [
                "user positional_only",
                "text positional_only default",
                "times positional_or_keyword default",
                "more var_positional",
                "loud keyword_only",
                "quiet keyword_only default",
                "rest var_keyword",
            ],
        ),
    ],
)
def test_parameters(manifest: dict[str, Any], task: str, parameters: list[str]) -> None:
    found = manifest["tasks"][task]["parameters"]
    assert [
        f"{one['name']} {one['kind']}{' default' if one['default'] else ''}" for one in found
    ] == parameters


@pytest.mark.parametrize(
    ("task", "queue", "once", "deprecated"),
    [
        ("shop.tasks.plain", "rest", False, False),
        ("shop.tasks.options", "own", True, True),
        ("shop.tasks.asks", None, False, False),
        ("shop.more.named", "more", False, False),
        ("shop.report", "rest", False, False),
    ],
)
def test_options(
    manifest: dict[str, Any], task: str, queue: str | None, once: bool, deprecated: bool
) -> None:
    found = manifest["tasks"][task]
    assert (found["queue"], found["once"], found["deprecated"]) == (queue, once, deprecated)


def test_what_cannot_be_inspected_says_so(manifest: dict[str, Any]) -> None:
    odd = manifest["tasks"]["shop.odd"]
    assert odd["parameters"] is None
    assert odd["reason"] == (
        "the signature of its builtin_function_or_method cannot be told (ValueError)"
    )


def test_an_integrated_application(tmp_path: Path) -> None:
    """With Django, the kit's task class, which wraps what has `once`, and derived routes."""
    done = run(
        TALLY,
        tmp_path / "tasks.json",
        "tally.application",
        PYTHONPATH=f"{ROOT}:{TALLY}",
        DJANGO_SETTINGS_MODULE="tally.settings",
        DATABASE_URL="postgresql://build:build@database.invalid:5432/build",
    )
    assert (done.returncode, done.stderr) == (0, "")
    tasks = json.loads((tmp_path / "tasks.json").read_text())["tasks"]
    assert tasks["tally.tasks.stored.leave"] == {
        "queue": "stored",
        "once": True,
        "deprecated": False,
        "parameters": [
            {"name": "values", "kind": "var_positional", "default": False},
            {"name": "key", "kind": "keyword_only", "default": False},
        ],
    }
    assert tasks["tally.tasks.sent.leave"]["queue"] == "sent"


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        (
            {"tasks": "\nimport nothing_of_this_name\n"},
            78,
            "shop.tasks, line 2, cannot be imported: "
            "ModuleNotFoundError: No module named 'nothing_of_this_name'",
        ),
        (
            {"tasks": "from shop import helpers\n", "helpers": "1 / 0\n"},
            78,
            "shop.helpers, line 1, cannot be imported: ZeroDivisionError: division by zero",
        ),
        (
            {"tasks": "import sys\nsys.exit(3)\n"},
            78,
            "shop.tasks, line 2, cannot be imported: it ends the process with status 3",
        ),
        (
            {"tasks": "raise ConnectionRefusedError(111, 'Connection refused')\n"},
            69,
            "shop.tasks, line 1, cannot be imported: "
            "ConnectionRefusedError: [Errno 111] Connection refused\n"
            "A build reaches no service: do not use one while a module is imported.",
        ),
        (
            {"celery": APPLICATION.replace("shop.more", "shop.nowhere")},
            78,
            "shop.celery cannot be imported: ModuleNotFoundError: No module named 'shop.nowhere'",
        ),
        (
            # Celery logs the traceback of what an autodiscovered module raises.
            {"celery": f"{APPLICATION}\napp.autodiscover_tasks(['shop'], 'late')", "late": "1 / 0"},
            78,
            "shop.late, line 1, cannot be imported: ZeroDivisionError: division by zero",
        ),
    ],
)
def test_what_does_not_load(
    tmp_path: Path, changes: dict[str, str], status: int, said: str
) -> None:
    write(tmp_path, SHOP | changes)
    done = run(tmp_path, tmp_path / "tasks.json", "shop.celery")
    assert (done.returncode, done.stderr) == (status, f"celeriac: {said}\n")
    assert not (tmp_path / "tasks.json").exists()


def test_a_syntax_error_names_its_own_file(tmp_path: Path) -> None:
    write(tmp_path, SHOP | {"more": "def broken(:\n"})
    done = run(tmp_path, tmp_path / "tasks.json", "shop.celery")
    assert done.returncode == 78
    assert done.stderr.startswith(f"celeriac: {tmp_path}/shop/more.py, line 1, cannot be imported:")
    assert "Traceback" not in done.stderr
