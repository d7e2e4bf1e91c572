"""Asks hosts in parallel, each in one SSH connection with a time limit."""

from __future__ import annotations

import contextlib
import json
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from celeriac import ssh
from celeriac.environments import Environment
from celeriac.fleet.ask import last_line

# Seconds for one host, connecting included.
LIMIT = 30
_PARALLEL = 20
_ROUNDS = 3
# The probe itself comes as the first line: sudo's log gets this short command.
_READER = "import json, sys; exec(json.loads(sys.stdin.readline()))"
_PROBE = Path(__file__).with_name("probe.py")


@dataclass(frozen=True)
class Answer:
    """What a host said. Without ``facts``, ``reason`` says why, and ``reached`` how far it went.

    ``clock`` is the host's time minus ours in seconds, known to within ``uncertain`` seconds.
    """

    host: str
    reached: bool
    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    clock: float = 0.0
    uncertain: float = 0.0


def ask(place: Environment, hosts: list[str], names: Iterable[str]) -> list[Answer]:
    """Ask every host for its facts, and whether it knows the ``names`` of the others.

    Raises `InputError` for connection variables that cannot be read; a host that does not answer
    is an answer.
    """
    # Ansible's inventory code is for one thread.
    commands = {host: ssh.as_root(place, host, ["python3", "-c", _READER]) for host in hosts}
    wanted = sorted(names)
    with ThreadPoolExecutor(max_workers=_PARALLEL) as pool:
        waiting = [pool.submit(converse, host, commands[host], wanted) for host in hosts]
        return [one.result() for one in waiting]


def converse(host: str, command: list[str], names: list[str], limit: float = LIMIT) -> Answer:
    """Run the probe through ``command``; end it after ``limit`` seconds."""
    late = threading.Event()
    answer = None
    with tempfile.TemporaryFile("w+") as said:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, text=True
            )
        except OSError as error:
            return Answer(host, False, f"{command[0]}: {error.strerror}")
        timer = threading.Timer(limit, _end, [process, late])
        timer.start()
        # Who ends early breaks the pipe, or says less than a number; its last words say why.
        with contextlib.suppress(OSError, ValueError), process:
            answer = _questions(host, process, names)
        timer.cancel()
        if answer is not None:
            return answer
        said.seek(0)
        words = last_line(said.read())
    if late.is_set():
        return Answer(host, False, f"no answer within {limit:.0f} s")
    reason = words or f"its command ended with {process.returncode} and said nothing"
    return Answer(host, process.returncode != ssh.NOT_REACHED, reason)


def _end(process: subprocess.Popen[str], late: threading.Event) -> None:
    late.set()
    process.kill()


def _questions(host: str, process: subprocess.Popen[str], names: list[str]) -> Answer:
    into, out = process.stdin, process.stdout
    if into is None or out is None:
        raise OSError
    _say(into, json.dumps(_PROBE.read_text(encoding="utf-8")))
    # The quickest of a few rounds is the least uncertain; the first waits for the connection.
    rounds = []
    for _ in range(_ROUNDS + 1):
        before = time.time()
        _say(into, "clock")
        theirs = _number(out)
        after = time.time()
        rounds.append(((after - before) / 2, theirs - (before + after) / 2))
    _say(into, " ".join(["facts", *names]))
    facts = json.loads(out.readline())
    uncertain, clock = min(rounds[1:])
    return Answer(host, True, facts=facts, clock=clock, uncertain=uncertain)


def _number(out: IO[str]) -> float:
    """Read the host's answer; what a login script prints stands before it."""
    for line in iter(out.readline, ""):
        with contextlib.suppress(ValueError):
            return float(line)
    raise ValueError


def _say(into: IO[str], line: str) -> None:
    into.write(f"{line}\n")
    into.flush()
