"""Ends this process when beat's loop has not come round in time, whatever holds it up.

A network that swallows packets, a proxy that keeps a dead connection, a frozen process: the code
that waits cannot end itself, so the kernel does, by an alarm whose default is to kill. A process
that was frozen meets it before it runs another line. systemd's watchdog sees the same loop from
outside, and kills a process that stays frozen.
"""

import faulthandler
import signal

from celeriac.worker.notify import Notifier


class Pulse:
    """The alarm, set again by each beat of the loop."""

    def __init__(self) -> None:
        # Says on stderr where the process hung, then lets the alarm kill it. Celery puts a logger
        # in the place of sys.stderr.
        faulthandler.register(signal.SIGALRM, file=2, all_threads=False, chain=True)

    def beat(self, notifier: Notifier, seconds: float) -> None:
        """Tell systemd that the loop goes round, and die in `seconds` unless called again."""
        signal.setitimer(signal.ITIMER_REAL, seconds)
        notifier.watchdog()

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
