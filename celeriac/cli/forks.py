"""Signals that arrive in the middle of a fork, of which Ansible makes one for every task on every host.

Python only prints an exception that comes up in a hook of fork, `logging`'s for one, and goes on: the
KeyboardInterrupt that should have ended the playbook is lost. And until a worker has set up its own,
it has its parent's handlers, which end there with a traceback.
"""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

# So soon after a fork SIGINT comes again, in seconds; when that meets the next fork, again.
_LATER = 0.02


def guard() -> None:
    """From now on SIGINT waits for the end of a fork, and a fork begins without handlers.

    To be called in the main thread, whose forks these are.
    """
    guarded = _Guard()
    os.register_at_fork(
        before=guarded.before, after_in_parent=guarded.in_parent, after_in_child=guarded.in_child
    )


class _Guard:
    def __init__(self) -> None:
        self._handler: Any = None
        self._told = False

    def before(self) -> None:
        if _main():
            self._told = False
            self._handler = signal.signal(signal.SIGINT, self._note)

    def _note(self, *_: object) -> None:
        self._told = True

    def in_parent(self) -> None:
        if not _main():
            return
        signal.signal(signal.SIGINT, self._handler)
        if self._told:
            again = threading.Timer(_LATER, os.kill, (os.getpid(), signal.SIGINT))
            again.daemon = True
            again.start()

    def in_child(self) -> None:
        if _main():
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)


def _main() -> bool:
    return threading.current_thread() is threading.main_thread()
