"""Reads from many hosts at once, line by line, as long as they have something to say."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, cast

from celeriac.fleet.ask import last_line

# A host's line between what was there and what comes.
MARK = "null"
# Lines of a host that wait here to be shown; then the host waits.
WAITING = 1000
# A host that gives no sign of life for so many seconds is given up.
SILENCE = 20.0


@dataclass(frozen=True)
class End:
    """The end of a host's lines, with the reason if it is not what was asked for.

    ``followed``: it is that of what was there, and more may come.
    """

    reason: str = ""
    followed: bool = False


Said = tuple[str, str | End]
# Host to its command and that command's standard input.
Asked = Mapping[str, tuple[list[str], str]]


class Stream:
    """One host's command and the thread that reads what it prints into queues.

    ``said`` is the host's own and gets all up to `MARK`, then an end; what comes after that goes to
    ``coming``, which the hosts share.
    """

    def __init__(self, host: str, command: list[str], text: str, coming: queue.Queue[Said]) -> None:
        self.host, self.coming = host, coming
        self.said: queue.Queue[Said] = queue.Queue(WAITING)
        # A pipe that nobody reads could fill; ssh has little to say here, and says it last.
        self._errors = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            errors="replace",
        )
        self._text = text
        threading.Thread(target=self._read, daemon=True).start()

    def stop(self) -> None:
        """End the command here; what runs on the host ends at its next sign of life."""
        self._process.terminate()

    def stopped(self) -> None:
        """Wait for the end, for two seconds at most."""
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read(self) -> None:
        # Where it is gone already, the exit code and what ssh said tell why.
        with contextlib.suppress(BrokenPipeError), cast("IO[str]", self._process.stdin) as script:
            script.write(self._text)
        said = self.said
        for line in cast("IO[str]", self._process.stdout):
            if line == f"{MARK}\n" and said is self.said:
                said.put((self.host, End(followed=True)))
                said = self.coming
            else:
                said.put((self.host, line.rstrip("\n")))
        said.put((self.host, End(self._reason(self._process.wait()))))

    def _reason(self, code: int) -> str:
        if code == 0:
            return ""
        self._errors.seek(0)
        return last_line(self._errors.read()) or f"ended with {code}"


@contextmanager
def running(asked: Asked) -> Iterator[tuple[dict[str, Stream], queue.Queue[Said]]]:
    """Start the hosts' commands, each with its input, and leave none behind.

    Yields the streams, and the queue of what comes, in the order of arrival.
    """
    coming: queue.Queue[Said] = queue.Queue(WAITING)
    streams: dict[str, Stream] = {}
    try:
        for host, (command, text) in asked.items():
            streams[host] = Stream(host, command, text, coming)
        yield streams, coming
    finally:
        for stream in streams.values():
            stream.stop()
        for stream in streams.values():
            stream.stopped()


def lines_of(stream: Stream) -> Iterator[str | End]:
    """Yield what was there of a host's lines, then the end."""
    while True:
        try:
            _, line = stream.said.get(timeout=SILENCE)
        except queue.Empty:
            line = End(f"no sign of life for {SILENCE:.0f} s")
        yield line
        if isinstance(line, End):
            return
