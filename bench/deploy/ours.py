"""Our side: a lab with the reference application, deployed by the command that people use."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from bench.deploy import inventories
from deploy.lab.inventory import REPOSITORY, Lab

APPLICATION = inventories.STATE / "application"
PARTS = ("celeriac.yml", "manage.py", "celery_tasks", "project", "requirements")
CHANGED = "project/urls.py"  # the line of a code-only release stands in it
CALLBACKS = Path(__file__).parent / "callback"


class Failed(RuntimeError):
    """A command did not do what it was asked; the message has its last lines."""


@dataclass(frozen=True)
class Taken:
    """Seconds of the clock and of this machine's processors, the hosts' own left out."""

    seconds: float
    cpu: float


def timed(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> Taken:
    """Run a command whose output goes to a log. Raises `Failed` unless it ends with 0."""
    before, since = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with log.open("a") as output:
        done = subprocess.run(
            command,
            cwd=REPOSITORY,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        )
    seconds, after = time.monotonic() - since, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        last = "\n  ".join(log.read_text().splitlines()[-20:])
        raise Failed(f"`{' '.join(command[:4])} …` ended with {done.returncode}:\n  {last}\n{log}")
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Taken(seconds, cpu)


class Ours:
    """The reference application on a lab of its own."""

    def __init__(self, size: int, network: IPv4Network) -> None:
        self.lab: Lab = inventories.write(size, network)
        self.log = inventories.STATE / f"bench-{size}.log"
        self.log.write_text("")

    def _lab(self, *words: str) -> None:
        command = [sys.executable, "-m", "deploy.lab", "--env", str(self.lab.folder), *words]
        timed(command, self.log)

    def _celeriac(
        self,
        command: str,
        environment: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
    ) -> Taken:
        place = ("--environment", self.lab.env, "--inventories", str(self.lab.folder.parent))
        file = ("--file", str(APPLICATION / "celeriac.yml"))
        words = [sys.executable, "-m", "celeriac", command, *place, *file, *options]
        return timed(words, self.log, environment)

    @contextlib.contextmanager
    def up(self, keep: bool) -> Iterator[None]:
        """Start new hosts, and remove them at the end unless they are to be kept."""
        self._lab("down", "--keep-cache")  # those that an earlier bench left
        self._lab("up")
        try:
            self._celeriac("secrets")
            yield
        finally:
            if not keep:
                self._lab("down", "--keep-cache")

    def deploy(self, *options: str) -> Taken:
        return self._celeriac("deploy", options=options)

    def counted(self) -> list[dict[str, Any]]:
        """Look at everything once more, and return what every task of it did."""
        file = inventories.STATE / "operations.json"
        plugins = REPOSITORY / "deploy/ansible/plugins/callback"
        environment = {
            "ANSIBLE_CALLBACK_PLUGINS": f"{plugins}:{CALLBACKS}",
            "ANSIBLE_CALLBACKS_ENABLED": "operations",
            "CELERIAC_OPERATIONS": str(file),
        }
        self._celeriac("deploy", environment, ["--full"])
        tasks: list[dict[str, Any]] = json.loads(file.read_text())
        return tasks


def new_application() -> None:
    """Copy the reference application, with a line that no release before had."""
    shutil.rmtree(APPLICATION, ignore_errors=True)
    APPLICATION.mkdir(parents=True)
    for name in PARTS:
        source, target = REPOSITORY / name, APPLICATION / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    change_a_line()


def change_a_line() -> None:
    """Change the last line of one source file, so that the next deploy has to build."""
    file, original = APPLICATION / CHANGED, REPOSITORY / CHANGED
    file.write_text(f"{original.read_text()}# {secrets.token_hex(8)}\n")
