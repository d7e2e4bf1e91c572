"""What systemd does for a unit, as far as a process can tell."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.integration.containers import ROOT
from tests.integration.waiting import wait_for


class Unit:
    """One process, started through the launcher as a unit's ExecStart= does.

    It gets credentials as files and a socket for its notifications, and
    nothing of this process's environment but PATH. With `dialogue`, its
    standard input and output are pipes; else the log has its output too.
    """

    def __init__(
        self,
        command: list[str],
        *,
        ready: str,
        folder: Path,
        environment: dict[str, str],
        credentials: dict[str, str] | None = None,
        dialogue: bool = False,
    ) -> None:
        self._run = tempfile.TemporaryDirectory(prefix="unit-")
        run = Path(self._run.name)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(run / "notify"))
        self._log = (run / "log").open("w+b")
        self._received: list[str] = []
        # As systemd does: the queue of a socket that nobody reads holds ten messages.
        threading.Thread(target=self._receive, daemon=True).start()
        self.runtime_directory = run / "runtime"
        self.runtime_directory.mkdir()
        variables = {
            "PATH": os.environ["PATH"],
            "RUNTIME_DIRECTORY": str(self.runtime_directory),
            "PYTHONPATH": str(ROOT),
            "NOTIFY_SOCKET": str(run / "notify"),
            **environment,
        }
        if credentials is not None:
            directory = run / "credentials"
            directory.mkdir()
            for name, value in credentials.items():
                (directory / name).write_text(value)
            variables["CREDENTIALS_DIRECTORY"] = str(directory)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "celeriac.worker.launcher", "--ready", ready, "--", *command],
            cwd=folder,
            env=variables,
            stdin=subprocess.PIPE if dialogue else subprocess.DEVNULL,
            stdout=subprocess.PIPE if dialogue else self._log,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )

    @property
    def log(self) -> str:
        self._log.flush()
        return Path(self._log.name).read_text()

    @property
    def notifications(self) -> list[str]:
        return list(self._received)

    @property
    def ready(self) -> bool:
        return any("READY=1" in message for message in self.notifications)

    @property
    def status(self) -> str:
        """The last status text, as `systemctl status` shows it."""
        lines = [line for message in self.notifications for line in message.splitlines()]
        texts = [line for line in lines if line.startswith("STATUS=")]
        return texts[-1].removeprefix("STATUS=") if texts else ""

    def wait_ready(self) -> "Unit":
        wait_for(lambda: self.ready or self.process.poll() is not None, "the process is ready")
        assert self.ready, f"ended with {self.process.returncode} before it was ready:\n{self.log}"
        return self

    def _receive(self) -> None:
        with self._socket:
            while content := self._socket.recv(4096):
                self._received.append(content.decode())

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float = 30.0) -> int:
        return self.process.wait(seconds)

    def stop(self) -> float:
        """Ask it to stop as systemd does; return the seconds until it had ended well."""
        since = time.monotonic()
        self.terminate()
        assert self.wait() == 0, self.log
        return time.monotonic() - since

    def remove(self) -> None:
        """Kill what is left of the process and its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._log.close()
        self._run.cleanup()
