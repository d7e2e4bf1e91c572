"""Messages to systemd about the state of this process (sd_notify).

Source: sd_notify(3). Plain datagrams to the socket that systemd names in
NOTIFY_SOCKET; without it every message is dropped, so that the same code
runs in a terminal.
"""

import contextlib
import os
import sys
from collections.abc import MutableMapping
from socket import AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, socket

# systemd reads this socket at once; a longer wait means that it is stuck.
SEND_TIMEOUT_SECONDS = 5.0


class Notifier:
    """Sends state to systemd from the process that made it, and from no child.

    Make it before gevent or eventlet patch the socket module: its messages
    are also sent from signal handlers, where a green socket may not wait.
    """

    def __init__(self, address: str | None) -> None:
        self._pid = os.getpid()
        self._address = _address(address) if address else None
        self._socket = _open(SEND_TIMEOUT_SECONDS) if address else None
        self._watchdog = _open(0) if address else None

    @classmethod
    def take(cls, environment: MutableMapping[str, str]) -> "Notifier":
        """Use NOTIFY_SOCKET and remove it, so that children and commands do not inherit it."""
        return cls(environment.pop("NOTIFY_SOCKET", None))

    def ready(self, status: str) -> None:
        self._send(f"READY=1\nSTATUS={_line(status)}")

    def status(self, status: str) -> None:
        self._send(f"STATUS={_line(status)}")

    def watchdog(self) -> None:
        """Say that the process goes round; a unit with WatchdogSec= is killed without it.

        Never waits: a systemd that does not read for a while must not stop what goes round.
        """
        if self._watchdog and self._address and os.getpid() == self._pid:
            with contextlib.suppress(OSError):
                self._watchdog.sendto(b"WATCHDOG=1", self._address)

    def stopping(self, status: str) -> None:
        self._send(f"STOPPING=1\nSTATUS={_line(status)}")

    def _send(self, message: str) -> None:
        if self._socket is None or self._address is None or os.getpid() != self._pid:
            return
        try:
            self._socket.sendto(message.encode(), self._address)
        except OSError as error:
            sys.stderr.write(f"celeriac: systemd was not told {message!r}: {error}\n")


def _open(timeout: float) -> socket:
    opened = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC)
    opened.settimeout(timeout)
    return opened


def _address(name: str) -> str:
    """A leading @ stands for the abstract namespace."""
    return "\0" + name[1:] if name.startswith("@") else name


def _line(text: str) -> str:
    """One line: a line break would begin another assignment."""
    return " ".join(text.split())
