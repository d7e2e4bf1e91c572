"""Playbooks that run on this machine in place of the kit's, shown by the kit's callback."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
AWAY = "away"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
RUN = """
import json, os, sys
from pathlib import Path
import typer
from celeriac.cli import playbook
from celeriac.environments import Environment, ansible_variables
voice = playbook.Voice(*json.loads(sys.argv[1]))
place = Environment("test", Path())
log = Path("log")
variables = {**ansible_variables(place, log), **voice.variables, "CELERIAC_FAILURES": "failures.json"}
variables.pop("ANSIBLE_VAULT_PASSWORD_FILE")
words = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "hosts.yml", *voice.options, "plays.yml"]
try:
    sys.exit(playbook.watched(words, variables))
except typer.Exit as ended:
    sys.exit(ended.exit_code)
"""


def play(name: str, task: str, **words: Any) -> dict[str, Any]:
    """A play with one task, a command of the shell; its other words are those of a play."""
    one = {"name": task, "ansible.builtin.shell": words.pop("run", "true")}
    one |= {"changed_when": words.pop("changed", False)}
    return {"name": name, "hosts": "all", "gather_facts": False, "tasks": [one], **words}


class Plays:
    """``hosts`` run plays in a folder; `start` begins, `run` waits for the end. One that is called
    `AWAY` cannot be reached.
    """

    def __init__(self, folder: Path, plays: list[dict[str, Any]], *hosts: str) -> None:
        here = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        # Nobody listens there.
        away = {"ansible_host": "127.0.0.1", "ansible_port": 1}
        inventory = {"all": {"hosts": {host: away if host == AWAY else here for host in hosts}}}
        (folder / "hosts.yml").write_text(json.dumps(inventory))
        (folder / "plays.yml").write_text(json.dumps(plays))
        self.folder = folder

    def start(self, *voice: Any, **more: Any) -> subprocess.Popen[str]:
        variables = {"PYTHONPATH": str(ROOT), "NO_COLOR": "1", **more.pop("variables", {})}
        if variables["NO_COLOR"] == "":
            del variables["NO_COLOR"]
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **more}
        return subprocess.Popen(
            [sys.executable, "-c", RUN, json.dumps(voice)],
            cwd=self.folder,
            env={**os.environ, **variables},
            text=True,
            **streams,
        )

    def run(self, *voice: Any) -> tuple[int, str]:
        """Return exit code and output, with each number of seconds as N."""
        process = self.start(*voice)
        said, _ = process.communicate(timeout=120)
        return process.returncode, in_general(said)

    def failures(self) -> Any:
        return json.loads((self.folder / "failures.json").read_text())


def in_general(said: str) -> str:
    return re.sub(r" *\d+(\.\d)? s\b", " N s", said)
