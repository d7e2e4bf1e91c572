"""Runs one command on many hosts at once, and passes on what it says line by line."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Mapping
from typing import IO, cast

# Told each line of a host, and whether it is an error; one call at a time.
Say = Callable[[str, str, bool], None]


def run(commands: Mapping[str, list[str]], say: Say) -> dict[str, int]:
    """Run each host's command to its end, and return the exit codes; 255 is ssh's own.

    There is no limit of time. When this is interrupted the connections are closed.
    """
    lock = threading.Lock()
    started: dict[str, subprocess.Popen[str]] = {}
    readers = []

    def pass_on(host: str, source: IO[str], error: bool) -> None:
        for line in source:
            with lock:
                say(host, line.rstrip("\n"), error)

    try:
        for host, command in commands.items():
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
            )
            started[host] = process
            for source, error in ((process.stdout, False), (process.stderr, True)):
                arguments = (host, cast("IO[str]", source), error)
                reader = threading.Thread(target=pass_on, args=arguments, daemon=True)
                reader.start()
                readers.append(reader)
        for reader in readers:
            reader.join()
        return {host: process.wait() for host, process in started.items()}
    finally:
        for process in started.values():
            process.terminate()
