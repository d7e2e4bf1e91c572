"""Messages to systemd, seen from the other end of its socket."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from celeriac.worker.notify import SEND_TIMEOUT_SECONDS, Notifier


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """A NOTIFY_SOCKET and what systemd reads from it."""
    path = str(tmp_path / "notify")
    name, address = (path, path) if request.param == "path" else ("@" + path, "\0" + path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(address)
        receiver.setblocking(False)
        yield name, receiver


def test_messages(systemd: tuple[str, socket.socket]) -> None:
    name, receiver = systemd
    environment = {"NOTIFY_SOCKET": name}
    notifier = Notifier.take(environment)
    notifier.status("loading\n  the application")
    notifier.ready("consuming mail")
    notifier.stopping("stopping")
    assert environment == {}
    assert [receiver.recv(100) for _ in range(3)] == [
        b"STATUS=loading the application",
        b"READY=1\nSTATUS=consuming mail",
        b"STOPPING=1\nSTATUS=stopping",
    ]


def test_the_watchdog_is_fed_without_waiting(systemd: tuple[str, socket.socket]) -> None:
    """Also when systemd does not read: the queue of its socket takes few messages."""
    name, receiver = systemd
    notifier, since = Notifier(name), time.monotonic()
    for _ in range(500):
        notifier.watchdog()
    assert time.monotonic() - since < SEND_TIMEOUT_SECONDS
    assert receiver.recv(100) == b"WATCHDOG=1"


def test_a_child_says_nothing(systemd: tuple[str, socket.socket]) -> None:
    name, receiver = systemd
    notifier = Notifier(name)
    child = os.fork()
    if not child:
        notifier.ready("a child")
        os._exit(0)
    os.waitpid(child, 0)
    with pytest.raises(BlockingIOError):
        receiver.recv(100)


def test_without_systemd_nothing_is_sent() -> None:
    Notifier.take({}).ready("in a terminal")


def test_a_systemd_that_is_gone_does_not_end_the_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Notifier(str(tmp_path / "gone")).status("alone")
    assert capsys.readouterr().err == (
        "celeriac: systemd was not told 'STATUS=alone': [Errno 2] No such file or directory\n"
    )
