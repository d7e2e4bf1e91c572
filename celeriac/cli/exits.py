"""How every command ends: its exit codes. docs/commands.md explains them."""

from __future__ import annotations

import signal

DONE = 0
# A negative answer, or refused: what ran before runs.
NEGATIVE = REFUSED = 1
# Mistakes in what a person wrote: no host was changed.
PROBLEMS = 2
# A host or a service failed, or did not answer.
FAILED = 3


def ended_by(number: int) -> int:
    """Return the exit code that tells of a signal, as shells have it."""
    return 128 + number


# Each with its signal.
INTERRUPTED = {ended_by(one): one for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
CTRL_C = ended_by(signal.SIGINT)
