"""Prints what an application's units wrote to this host's journal: one JSON list a line.

It is sent to `python3 -` on the host, as root, and needs the standard library alone. Its argument
is the question, as JSON:

    {"slice": "celeriac-shop.slice", "units": "web-shop@.*", "grep": null,
     "since": null, "lines": 100, "follow": false}

``units`` has to match a unit's whole name without .service, ``grep`` a part of the message;
``since`` is in seconds of the epoch. ``lines`` are the last ones, null for all.

A line is [microseconds of the epoch, unit, priority, message]. An empty line says that the host
is still there; where nobody reads it any more, this program ends. With ``follow`` a line that says
null stands between what was there and what comes.
"""

import collections
import json
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import IO, Any, cast

# Between signs of life.
SECONDS = 5.0
FOLLOW = ("--follow", "--no-tail")


class Output:
    """Standard output, with a sign of life where there was nothing to say for a while."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def say(self, entry: list[Any] | None) -> None:
        """Print an entry; None prints a sign of life if one is due."""
        now = time.monotonic()
        if entry is not None or now - self._last >= SECONDS:
            self._last = now
            print("" if entry is None else json.dumps(entry), flush=entry is None)


def main(question: dict[str, Any]) -> None:
    """Answer the question; it returns when all is said, or the reader is gone."""
    output = Output()
    now = time.time()
    cursor = last(question, output) if question["lines"] is not None else every(question, output)
    if question["follow"]:
        print("null", flush=True)
        for entry in read([*FOLLOW, *after(cursor, now), *matches(question)], output):
            output.say(wanted(entry, question))
    sys.stdout.flush()


def last(question: dict[str, Any], output: Output) -> str | None:
    """Print the last lines, and return the cursor of the newest entry, wanted or not."""
    found: collections.deque[list[Any]] = collections.deque()
    cursor = None
    for entry in read(["--reverse", *since(question), *matches(question)], output):
        cursor = cursor or entry["__CURSOR"]
        if len(found) >= question["lines"]:
            break
        if (line := wanted(entry, question)) is not None:
            found.appendleft(line)
    for line in found:
        output.say(line)
    return cursor


def every(question: dict[str, Any], output: Output) -> str | None:
    """Print all lines that are there, and return the cursor of the newest entry, wanted or not."""
    cursor = None
    for entry in read([*since(question), *matches(question)], output):
        cursor = entry["__CURSOR"]
        output.say(wanted(entry, question))
    return cursor


def after(cursor: str | None, now: float) -> list[str]:
    """Return the arguments of journalctl for what comes after an entry; without one, after a time."""
    return [f"--since=@{now}" if cursor is None else f"--after-cursor={cursor}"]


def since(question: dict[str, Any]) -> list[str]:
    return [] if question["since"] is None else [f"--since=@{question['since']}"]


def matches(question: dict[str, Any]) -> list[str]:
    """What the units' processes wrote, or systemd about any unit: no index knows part of a name."""
    return [f"_SYSTEMD_SLICE={question['slice']}", "+", "_PID=1"]


def read(arguments: list[str], output: Output) -> Iterator[dict[str, str]]:
    """Yield the journal's entries, and give signs of life while there are none."""
    command = ["journalctl", "--output=json", "--all", "--no-pager", "--quiet", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            for line in lines(cast("IO[bytes]", process.stdout).fileno(), output):
                output.say(None)
                yield json.loads(line)
            if process.wait():
                sys.exit(1)  # it has said why
        finally:
            process.terminate()


def lines(source: int, output: Output) -> Iterator[bytes]:
    """Yield whole lines; what was said goes out before each wait."""
    rest = b""
    while True:
        if not select.select([source], [], [], 0)[0]:
            sys.stdout.flush()
            while not select.select([source], [], [], SECONDS)[0]:
                output.say(None)
        chunk = os.read(source, 2**16)
        if not chunk:
            return
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole


def wanted(entry: dict[str, Any], question: dict[str, Any]) -> list[Any] | None:
    """Return an entry's line; None for another unit, or where the message does not match."""
    of = "UNIT" if entry.get("_PID") == "1" else "_SYSTEMD_UNIT"
    unit = str(entry.get(of, "")).removesuffix(".service")
    if not re.fullmatch(question["units"], unit):
        return None
    message = text(entry.get("MESSAGE"))
    if question["grep"] is not None and not re.search(question["grep"], message):
        return None
    return [int(entry["__REALTIME_TIMESTAMP"]), unit, int(entry.get("PRIORITY", 6)), message]


def text(message: Any) -> str:
    """The journal gives what is not plain text as a list of bytes, and repeated fields as lists."""
    if isinstance(message, list) and message and isinstance(message[0], int):
        return bytes(message).decode(errors="replace")
    return str(message[0] if isinstance(message, list) and message else message or "")


if __name__ == "__main__":
    try:
        main(json.loads(sys.argv[1]))
    except BrokenPipeError:
        # Nobody is left to be told, neither now nor when the interpreter closes its output.
        os._exit(0)
