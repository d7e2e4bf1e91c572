"""SIGTERM and SIGHUP, as a CI runner or a closed terminal sends them: heard like the first Ctrl-C."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_OURS = (signal.SIGTERM, signal.SIGHUP)
_GONE = select.POLLERR | select.POLLHUP | select.POLLNVAL


class Told(KeyboardInterrupt):
    """We were told to end, by the signal ``number``; as Ctrl-C is, no `Exception`."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def name(number: int) -> str:
    return "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name


@contextmanager
def heard() -> Iterator[None]:
    """Raise `Told` at the first of them. What is ignored already (``nohup``) stays so."""
    ours = [number for number in _OURS if signal.getsignal(number) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _tell)
    try:
        yield
    finally:
        for number in ours:
            if signal.getsignal(number) is _tell:
                signal.signal(number, signal.SIG_DFL)


def no_more() -> None:
    """Let none of them end this process any more.

    A runner sends one after the other, and a terminal that is closed SIGHUP more than once; the lock
    is yet to be given back. Not SIG_IGN, which a playbook would inherit: it is to end with us.
    """
    for number in _OURS:
        if signal.getsignal(number) in (_tell, signal.SIG_DFL):
            signal.signal(number, lambda *_: None)


def _tell(number: int, _: FrameType | None) -> None:
    no_more()
    _leave_closed_streams(number)
    raise Told(number)


def _leave_closed_streams(number: int) -> None:
    """Say what is yet to be said to nobody where nobody reads: a failed write would end us."""
    for stream in (1, 2):
        poll = select.poll()
        poll.register(stream, 0)
        if number == signal.SIGHUP or any(event & _GONE for _, event in poll.poll(0)):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream)
            os.close(nowhere)
