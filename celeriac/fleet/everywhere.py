"""Runs one command on many hosts at once, and passes on what it says line by line."""

from __future__ import annotations

import queue
import subprocess
import threading
from collections.abc import Callable, Mapping
from typing import IO, cast

# Told each line of a host, and whether it is an error; one call at a time.
Say = Callable[[str, str, bool], None]


def run(commands: Mapping[str, list[str]], say: Say) -> dict[str, int]:
    """Run each host's command to its end, and return the exit codes; 255 is ssh's own.

    There is no limit of time. When this is interrupted, or nobody reads any more what ``say``
    prints, the connections are closed; the latter raises BrokenPipeError.
    """
    lock, over = threading.Lock(), threading.Event()
    started: dict[str, subprocess.Popen[str]] = {}
    # One for each reader: how it ended.
    ended: queue.Queue[BrokenPipeError | None] = queue.Queue()

    def pass_on(host: str, source: IO[str], error: bool) -> None:
        try:
            for line in source:
                with lock:
                    if over.is_set():
                        break
                    say(host, line.rstrip("\n"), error)
        except BrokenPipeError as closed:
            ended.put(closed)
        else:
            ended.put(None)

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
                threading.Thread(target=pass_on, args=arguments, daemon=True).start()
        for _ in range(2 * len(started)):
            if closed := ended.get():
                raise closed
        return {host: process.wait() for host, process in started.items()}
    finally:
        # A reader that prints while Python ends would be stopped there with the lock that Ansible
        # puts around standard output, and the last flush would wait for it for ever.
        with lock:
            over.set()
        for process in started.values():
            process.terminate()
