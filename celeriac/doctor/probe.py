"""Runs on a host: answers the doctor's questions, one a line, with the standard library alone.

``clock`` is answered with the host's time, ``facts NAME…`` with JSON, after which it ends.
"""

import json
import platform
import socket
import sys
import threading
import time
from pathlib import Path

# Seconds for all names together: a resolver that is away takes longer for each.
RESOLVING = 8


def names_unknown(names: list[str]) -> list[str]:
    """Return which names do not resolve here in time."""
    known: list[str] = []

    def resolve(name: str) -> None:
        try:
            socket.getaddrinfo(name, None)
        except OSError:
            return
        known.append(name)

    threads = [threading.Thread(target=resolve, args=[name], daemon=True) for name in names]
    until = time.monotonic() + RESOLVING
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return [name for name in names if name not in known]


def facts(names: list[str]) -> dict[str, object]:
    import os
    import shutil

    lines = Path("/etc/os-release").read_text().splitlines()
    system = dict(line.split("=", 1) for line in lines if "=" in line)
    pairs = (line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    memory = {name: int(rest.split()[0]) // 1024 for name, rest in pairs}
    certificates = sorted(Path("/etc/celeriac/tls").glob("*.crt"))
    return {
        "user": os.geteuid(),
        "distribution": system.get("ID", "unknown").strip("\"'"),
        "release": system.get("VERSION_ID", "unknown").strip("\"'"),
        "python": platform.python_version(),
        "memory": memory["MemTotal"],
        "memory_free": memory["MemAvailable"],
        "disk_free": shutil.disk_usage("/").free // 2**20,
        "certificates": {path.name: path.read_text() for path in certificates},
        "unknown_names": names_unknown(names),
    }


def main() -> None:
    for line in sys.stdin:
        question, *names = line.split()
        if question == "clock":
            print(repr(time.time()), flush=True)
        else:
            print(json.dumps(facts(names)), flush=True)
            return


main()
