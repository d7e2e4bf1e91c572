"""A command runs under the launcher as it runs when it is started by hand."""

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from celeriac.worker.command import Command
from celeriac.worker.errors import LaunchError

ROOT = Path(__file__).parents[3]
REPORT = """\
import json, sys
if __name__ == "__main__":
    print(json.dumps([sys.argv, sys.path[0], sys.modules["__main__"].__file__]))
    sys.exit(7)
"""


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """A folder with a script, a package that runs, and an environment with a console script."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "package").mkdir()
    for file in ("manage.py", "scripts/report.py", "package/__init__.py", "package/__main__.py"):
        (tmp_path / file).write_text(REPORT)
    venv.create(tmp_path / "venv", symlinks=True)
    console = tmp_path / "venv/bin/report"
    console.write_text(f"#!{tmp_path}/venv/bin/python\n{REPORT}")
    console.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        ["python", "manage.py", "migrate", "--noinput"],
        ["python3", "scripts/report.py"],
        ["python", "-m", "package", "an argument", "-x"],
        ["report", "--app=project", "worker"],
        ["venv/bin/report"],
    ],
    ids=" ".join,
)
def test_the_same_as_by_hand(application: Path, command: list[str]) -> None:
    python = str(application / "venv/bin/python")
    environment = {**os.environ, "PATH": f"{application}/venv/bin", "PYTHONPATH": str(ROOT)}
    by_hand, launched = (
        subprocess.run(
            argv, cwd=application, env=environment, capture_output=True, text=True, check=False
        )
        for argv in (
            command,
            [python, "-m", "celeriac.worker.launcher", "--ready", "none", "--", *command],
        )
    )
    assert by_hand.returncode == 7, by_hand.stderr
    assert (launched.stdout, launched.returncode) == (by_hand.stdout, by_hand.returncode)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ([], "no command: "),
        (["celerx"], f"celerx: there is no {Path(sys.executable).parent}/celerx. Add the package"),
        (["bin/worker"], "bin/worker: there is no bin/worker. Add the package"),
        (["/bin/true"], "/bin/true is not a Python script; "),
        (["python", "manage.py"], "python manage.py: there is no such file in "),
        (["python", "-u", "manage.py"], "python -u: after python comes a file or -m and a module."),
        (["python"], "python: after python comes a file or -m and a module."),
    ],
)
def test_what_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LaunchError, match="^" + re.escape(message)):
        Command.resolve(command)
