"""Asks many hosts at once: one SSH connection each, a script on its standard input, one answer."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celeriac import ssh

# Seconds for a host to connect, be asked and answer.
LIMIT = 20
SCRIPTS = Path(__file__).parent


@dataclass(frozen=True)
class Answer:
    """What one host said; without ``said`` the ``reason`` tells why there is nothing."""

    said: dict[str, Any] | None = None
    reason: str = ""


def script(name: str, question: Mapping[str, Any]) -> tuple[list[str], str]:
    """Return the command that runs a script of this folder on a host, and its standard input."""
    text = (SCRIPTS / f"{name}.py").read_text(encoding="utf-8")
    return ["python3", "-", json.dumps(dict(question))], text


def ask(asked: Mapping[str, tuple[list[str], str]], limit: float = LIMIT) -> dict[str, Answer]:
    """Return each host's answer, in the order given; ``asked`` is host to command and input.

    A command prints JSON as its last line. One that takes longer than ``limit`` is ended here.
    """
    if not asked:
        return {}
    with ThreadPoolExecutor(max_workers=len(asked)) as threads:
        answers = threads.map(lambda each: _one(each[0], each[1], limit), asked.values())
        return dict(zip(asked, answers, strict=True))


def _one(command: list[str], text: str, limit: float) -> Answer:
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return Answer(reason=f"no answer within {limit:.0f} s")
    if done.returncode:
        return Answer(reason=last_line(done.stderr) or f"ended with {done.returncode}")
    try:
        # Whatever a login script prints stands before.
        return Answer(said=json.loads(done.stdout.splitlines()[-1]))
    except (ValueError, IndexError):
        return Answer(reason=f"not an answer: {last_line(done.stdout) or 'nothing'}")


def last_line(text: str) -> str:
    """Return the last line that says something: ssh and Python put the reason there."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def did_not_answer(code: int) -> bool:
    """Whether a command's exit code means that its host was not reached or is gone."""
    return code == ssh.NOT_REACHED
