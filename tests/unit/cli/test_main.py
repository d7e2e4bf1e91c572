"""How the command ends where nothing of the command line has a say: too early, or nowhere to write."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Stands for the command line: somebody presses Ctrl-C while it is imported.
PRESSED = """
import importlib.abc, os, signal, sys
class Pressed(importlib.abc.MetaPathFinder):
    def find_spec(self, name, *_):
        if name == "celeriac.cli.main":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Pressed())
from celeriac.__main__ import main
main()
"""


def run(*words: str, **streams: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
        **streams,  # type: ignore[call-overload]
    )


def test_ctrl_c_while_it_is_loaded() -> None:
    done = run("-c", PRESSED)
    assert (done.returncode, done.stderr) == (128 + signal.SIGINT, "")


@pytest.mark.parametrize("words", [["version"], ["schema"], ["--help"]])
def test_no_room_for_the_output(words: list[str]) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = run("-m", "celeriac", *words, stdout=full)
    said = "celeriac: not written: No space left on device. Make room and run it again.\n"
    assert (done.returncode, done.stderr) == (3, said)


def test_no_output_at_all() -> None:
    done = run(
        "-c",
        "import os, sys; os.close(1); os.execv(sys.executable, [sys.executable, '-m', 'celeriac', 'version'])",
    )
    assert (done.returncode, done.stderr) == (0, "")
