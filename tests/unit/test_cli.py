"""The commands as a person runs them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from celeriac.cli.main import app
from tests.descriptions import write

ROOT = Path(__file__).parents[2]


def celeriac(
    *arguments: str, folder: Path = ROOT, **variables: str
) -> subprocess.CompletedProcess[str]:
    own = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", "celeriac", *arguments],
        cwd=folder,
        env={**own, **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_check_of_the_reference_application() -> None:
    started = time.monotonic()
    done = celeriac("check", "-e", "lab")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "celeriac.yml and deploy/ansible/inventories/lab/hosts.yml: no problem found.\n"
    )
    # Alone on two cores it takes 0.9 s; this bound is for a busy machine.
    assert time.monotonic() - started < 10


def test_check_reports_all_and_exits_with_2(tmp_path: Path) -> None:
    write(tmp_path, {"default_queue": "mial", "pols": {}})
    done = celeriac("check", "-e", "tset", "--inventories", "inventories", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "pols: unknown key. Did you mean 'pools'?\n"
        "default_queue: there is no queue 'mial'. Did you mean 'mail'?\n"
        "-e tset: no environment of this name in inventories. Did you mean 'test'?\n"
        "celeriac.yml: 2 problems.\n"
    )


def test_derive_prints_json_alone(tmp_path: Path) -> None:
    write(tmp_path)
    done = celeriac("derive", "-e", "test", "--inventories", "inventories", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["celeriac"]["application"] == "shop"


def test_schema_prints_the_file() -> None:
    schema = ROOT / "celeriac" / "description" / "schema.json"
    assert celeriac("schema").stdout == schema.read_text()


def test_unknown_file_has_no_traceback() -> None:
    done = celeriac("check", "-f", "nowhere.yml")
    assert done.returncode == 2
    assert done.stderr == (
        "nowhere.yml: not there. "
        "Name the description with -f, or run this in the folder that holds celeriac.yml.\n"
        "nowhere.yml: 1 problem.\n"
    )


def test_force_wants_a_reason() -> None:
    done = celeriac("deploy", "-e", "lab", "--force", " ")
    assert done.returncode == 2
    assert done.stderr.startswith("--force: no reason is given. Say why for those who read the log")


def test_version() -> None:
    found = json.loads(celeriac("version", "--json").stdout)
    assert set(found) == {"celeriac", "revision", "python", "ansible_core"}
    assert found["python"].startswith("3.")
    line = f"celeriac {found['celeriac']}"
    assert celeriac("version").stdout.startswith(line)


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("celeriac st", {"status"}),
        ("celeriac s", {"scale", "schema", "secrets", "shell", "ssh", "status"}),
        ("celeriac outbox re", {"retry"}),
        ("celeriac logs --pro", {"--process"}),
        ("celeriac logs --process w", {"web", "workers"}),
    ],
)
def test_completion(typed: str, completed: set[str]) -> None:
    words = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    done = celeriac(_CELERIAC_COMPLETE="complete_bash", **words)
    assert set(done.stdout.split()) == completed


def test_every_command_is_described() -> None:
    described = (ROOT / "docs" / "commands.md").read_text()
    names = [command.name or command.callback.__name__ for command in app.registered_commands]
    groups = [group.typer_instance.info.name for group in app.registered_groups]
    assert [name for name in [*names, *groups] if f"celeriac {name}" not in described] == []
