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


def runs(pid: int) -> bool:
    """Whether this machine has a process of that number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def mark(what: str, message: str = "", by_hand: bool = False) -> dict[str, Any]:
    """Return a lock to take. One taken by hand names no process, so it outlives its command."""
    return {
        "owner": owner(),
        "what": what,
        "message": message,
        "token": secrets.token_hex(16),
        "pid": None if by_hand else os.getpid(),
        "machine": None if by_hand else machine(),
        "started": int(time.time()),
    }


def literal(text: str) -> dict[str, str]:
    """Return text as Ansible takes it from JSON without looking for templates in it."""
    return {"__ansible_unsafe": text}
