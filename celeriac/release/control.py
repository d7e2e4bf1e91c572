"""Who steers hosts from here: the person, the machine and the process."""

from __future__ import annotations

import getpass
import os
import secrets
import socket
import time
from pathlib import Path
from typing import Any

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE = Path("/proc/self/ns/pid")


def owner() -> str:
    """Return ``user@host`` of this control host."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def machine() -> str | None:
    """Return what tells this machine's processes from those of another of the same name.

    It changes when the machine boots. None where the system does not tell: then nobody can say
    whether a process of that number is the one that was meant.
    """
    try:
        return f"{_BOOT.read_text().strip()} {_NAMESPACE.readlink()}"
    except OSError:
        return None


def runs(pid: int, born: int | None = None) -> bool:
    """Whether this machine has that process; with ``born`` not another that got its number since.

    One that has ended and that nobody waited for does not run.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    found = _state_and_start(pid)
    return found is None or (found[0] not in "ZX" and born in (None, found[1]))


def _state_and_start(pid: int) -> tuple[str, int] | None:
    """Return a process's state and its start in ticks since the boot; None where that is hidden."""
    try:
        # What stands before the last parenthesis is the program's own name; see proc_pid_stat(5).
        words = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return words[0], int(words[19])


def mark(what: str, message: str = "", by_hand: bool = False) -> dict[str, Any]:
    """Return a lock to take. One taken by hand names no process, so it outlives its command."""
    own = _state_and_start(os.getpid())
    return {
        "owner": owner(),
        "what": what,
        "message": message,
        "token": secrets.token_hex(16),
        "pid": None if by_hand else os.getpid(),
        "born": None if by_hand or own is None else own[1],
        "machine": None if by_hand else machine(),
        "started": int(time.time()),
    }


def literal(text: str) -> dict[str, str]:
    """Return text as Ansible takes it from JSON without looking for templates in it."""
    return {"__ansible_unsafe": text}


def literals(mark: dict[str, Any]) -> dict[str, Any]:
    """Return a mark with the person's own words as `literal` gives them."""
    words = ("owner", "message")
    return {key: literal(value) if key in words else value for key, value in mark.items()}
