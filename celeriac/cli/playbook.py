"""Runs a playbook on an environment, as several commands do."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from celeriac.cli import exits, signals
from celeriac.environments import ANSIBLE, Environment, ansible_variables

# Seconds that a playbook gets to end after that: it tells its workers, and they their hosts.
GRACE = 20


@dataclass(frozen=True)
class Voice:
    """How much a playbook says: ``-v`` so many times, or phases and failures alone."""

    verbose: int = 0
    quiet: bool = False

    @property
    def options(self) -> list[str]:
        return ["--diff", "-" + "v" * self.verbose] if self.verbose else []

    @property
    def variables(self) -> dict[str, str]:
        return {"CELERIAC_QUIET": "1"} if self.quiet else {}


def command(
    place: Environment, playbooks: Iterable[str], variables: str, options: Iterable[str] = ()
) -> list[str]:
    """Return the words that run playbooks of the kit; ``variables`` is JSON, or @ and a file of it."""
    return [
        str(Path(sys.executable).with_name("ansible-playbook")),
        *("--inventory", str(place.hosts_file), "--extra-vars", variables, *options),
        # What is big is compressed already; to do so once more takes longer than to send it.
        *("--extra-vars", "mitogen_ssh_compression=false"),
        *(str(ANSIBLE / name) for name in playbooks),
    ]


def run(
    place: Environment,
    playbook: str,
    log: Path,
    variables: Mapping[str, Any],
    voice: Voice | None = None,
) -> int:
    """Run a playbook of the kit and return how it ended; ``log`` gets everything said.

    ``variables`` go before the inventory's and stand in a command line: no secrets. Without a
    ``voice`` nothing is shown unless it fails.
    """
    said = voice or Voice()
    words = command(place, [playbook], json.dumps(dict(variables)), said.options)
    return watched(words, {**ansible_variables(place, log), **said.variables}, voice is not None)


def watched(words: list[str], environment: Mapping[str, str], shown: bool = True) -> int:
    """Run a command in a group of its own and return how it ended; what is not ``shown`` is kept.

    It ends with this process, however that ends. At Ctrl-C, SIGTERM and SIGHUP it is told and waited
    for; at a Ctrl-C after that all of it is killed, and so the exit code is left to the exception,
    which is `typer.Exit`.
    """
    kept: list[str] = []
    code = _run(words, environment, None if shown else kept.append)
    if code == exits.FAILED and not shown:
        print("".join(kept), file=sys.stderr)
    return code


def followed(words: list[str], environment: Mapping[str, str], say: Callable[[str], None]) -> int:
    """Do as `watched`; ``say`` gets each line that it prints, as it comes."""
    return _run(words, environment, say, subprocess.STDOUT)


def _run(
    words: list[str],
    environment: Mapping[str, str],
    say: Callable[[str], None] | None,
    errors: int | None = None,
) -> int:
    with (
        signals.heard(),
        subprocess.Popen(
            [*_ends_with_us(), *words],
            env=dict(environment),
            # One that asks for something would wait for ever: the terminal belongs to our group.
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if say else None,
            stderr=errors,
            text=True,
            process_group=0,
        ) as process,
    ):
        try:
            if say and process.stdout:
                for line in process.stdout:
                    say(line)
            process.wait()
        except KeyboardInterrupt as told:
            signals.no_more()
            number = told.number if isinstance(told, signals.Told) else signal.SIGINT
            return _interrupt(process, number)
    return exits.FAILED if process.returncode else exits.DONE


def _interrupt(process: subprocess.Popen[str], number: int) -> int:
    """Have Ansible end as at Ctrl-C, whichever signal we got; return the exit code that tells it."""
    code = exits.ended_by(number)
    try:
        process.send_signal(signal.SIGINT)
        again = "Once more" if number == signal.SIGINT else "Ctrl-C"
        typer.echo(
            f"\n{signals.name(number)}: waiting for Ansible to end. {again} ends everything at once.",
            err=True,
        )
        process.communicate(timeout=GRACE)
    except subprocess.TimeoutExpired:
        _kill(process)
    except KeyboardInterrupt:
        _kill(process)
        typer.echo(
            "\nEnded. What had begun on a host goes on there. If a lock is left, your next command "
            "takes it over and goes on.",
            err=True,
        )
        raise typer.Exit(code) from None
    return code


def _kill(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _ends_with_us() -> list[str]:
    """What makes a playbook end with this process, however that ends.

    The lock names this process: were the playbook to go on without it, a second one could begin.
    """
    setpriv = shutil.which("setpriv", path=f"{os.environ.get('PATH', '')}:/usr/bin")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []
