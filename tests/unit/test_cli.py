"""The commands as a person runs them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from tests.descriptions import write

ROOT = Path(__file__).parents[2]


def celeriac(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "celeriac", *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(folder)},
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
        "ENV=tset: no environment of this name in inventories. Did you mean 'test'?\n"
        "celeriac.yml: 3 problems.\n"
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
