"""Looks at one host for one application, and prints what it found as one line of JSON.

It is sent to `python3 -` on the host, as root, and needs the standard library alone. Its argument
is the question, as JSON:

    {"application": "shop", "root": "/srv/shop", "state": "/var/lib/celeriac/shop", "units": true, "processes": false,
     "edge": false, "broker": ["queues", "channels", "cluster"], "vhost": "shop-production"}

The answer has a key for each thing that was asked for. What cannot be read is null; a broker
that does not answer is {"error": "why"}.
"""

import contextlib
import csv
import ipaddress
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SECONDS = 15
PROPERTIES = (
    "Id",
    "ActiveState",
    "SubState",
    "UnitFileState",
    "Result",
    "ExecMainStatus",
    "ActiveEnterTimestamp",
    "StateChangeTimestamp",
    "MainPID",
    "NRestarts",
    "MemoryCurrent",
    "MemoryMax",
    "StatusText",
    "Slice",
)
QUEUE = (
    "name",
    "type",
    "durable",
    "exclusive",
    "messages_ready",
    "messages_unacknowledged",
    "consumers",
    "leader",
    "members",
    "online",
    "state",
)
CHANNEL = ("name", "user", "vhost", "consumer_count", "messages_unacknowledged")
ESTABLISHED = "01"
ADMIN = "/run/haproxy/admin.sock"


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Return what the question asks for.

    Raises:
        OSError, RuntimeError: systemd does not answer.

    """
    application = question["application"]
    found: dict[str, Any] = {"now": time.time()}
    if question["units"]:
        found["release"] = current(Path(question["root"]))
        found["units"] = units(application)
        found["relays"] = relays(Path("/run"), application)
        found["steered"] = steered(Path(question["state"]))
        if question["processes"]:
            parents = parents_of_all()
            for unit in found["units"]:
                unit["children"] = sum(parent == unit["pid"] for parent in parents)
                unit["endpoints"] = endpoints(Path("/proc"), unit["pid"])
    if question["edge"]:
        found["edge"] = edge(ADMIN, application)
    if question["broker"]:
        found["broker"] = broker(question["broker"], question["vhost"])
    return found


def current(root: Path) -> str | None:
    """Return the release that `current` points to."""
    try:
        return (root / "current").readlink().name
    except OSError:
        return None


def units(application: str) -> list[dict[str, Any]]:
    """Return the application's instances that systemd has loaded, failed ones included.

    Another application's name may begin with this one's: the slice tells them apart.
    """
    patterns = [f"{kind}-{application}@*.service" for kind in ("web", "beat", "relay")]
    patterns.append(f"celery-{application}-*@*.service")
    command = ["systemctl", "show", "--timestamp=unix", f"--property={','.join(PROPERTIES)}"]
    done = subprocess.run(
        [*command, *patterns], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    if done.returncode:
        raise RuntimeError(f"systemctl: {done.stderr.strip()}")
    return parse_units(done.stdout, f"celeriac-{application}.slice")


def parse_units(text: str, own_slice: str) -> list[dict[str, Any]]:
    """Read what `systemctl show` printed; units of other slices are left out."""
    blocks = [
        dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        for block in text.strip().split("\n\n")
    ]
    return [unit(block) for block in blocks if block.get("Slice") == own_slice]


def unit(block: dict[str, str]) -> dict[str, Any]:
    """Return what a block of properties says. Times are seconds of the epoch, sizes bytes."""
    name, _, release = block["Id"].removesuffix(".service").partition("@")
    entered = "ActiveEnterTimestamp" if block["ActiveState"] == "active" else "StateChangeTimestamp"
    return {
        "unit": name,
        "release": release,
        "active": block["ActiveState"],
        "sub": block["SubState"],
        "enabled": block["UnitFileState"] == "enabled",
        "result": block["Result"],
        "exit_status": number(block["ExecMainStatus"]),
        "since": number(block[entered].removeprefix("@")),
        "pid": number(block["MainPID"]) or None,
        "restarts": number(block["NRestarts"]),
        "memory": number(block["MemoryCurrent"]),
        "memory_limit": number(block["MemoryMax"]),
        "status": block.get("StatusText", ""),
    }


def steered(state: Path) -> dict[str, Any]:
    """Return what a person did to the host: pools paused and drained, and maintenance or null.

    Each with who, since and message, as far as its file can be read.
    """
    return {
        **{
            what: {file.name: note(file) for file in sorted((state / what).glob("celery-*"))}
            for what in ("paused", "drained")
        },
        "maintenance": note(state / "maintenance.json")
        if (state / "maintenance.html").is_file()
        else None,
    }


def note(file: Path) -> dict[str, Any]:
    """Return who left a file, when and why; nothing where it does not say."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def number(text: str) -> int | None:
    """Systemd writes "[not set]", "infinity" or nothing where there is none."""
    return int(text) if text.isascii() and text.isdigit() else None


def relays(run: Path, application: str) -> list[dict[str, Any]]:
    """Return what each relay here last wrote about itself and the outbox."""
    found = []
    for file in sorted(run.glob(f"relay-{application}/*/relay.prom")):
        try:
            age = time.time() - file.stat().st_mtime
            found.append({"release": file.parent.name, "age": age, **metrics(file.read_text())})
        except OSError:  # it ended just now
            continue
    return found


def metrics(text: str) -> dict[str, float]:
    """Return the numbers of a file in Prometheus' text format; labelled ones are added up."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            series, value = line.rsplit(" ", 1)
            name = series.partition("{")[0].removeprefix("celeriac_")
            found[name] = found.get(name, 0.0) + float(value)
    return found


def parents_of_all() -> list[int]:
    """Return the parent of each process."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in brackets may hold spaces and brackets.
            found.append(int(file.read_text().rpartition(")")[2].split()[1]))
        except OSError:  # it ended just now
            continue
    return found


def endpoints(proc: Path, pid: int | None) -> list[str]:
    """Return the own address and port of each TCP connection of a process: `192.0.2.1:40000`."""
    if pid is None:
        return []
    process = proc / str(pid)
    opened = set()
    try:
        for descriptor in (process / "fd").iterdir():
            with contextlib.suppress(OSError):  # closed just now
                opened.add(str(descriptor.readlink()))
        tables = [(process / "net" / name).read_text() for name in ("tcp", "tcp6")]
    except OSError:
        return []
    return sorted(
        endpoint(fields[1])
        for table in tables
        for fields in map(str.split, table.splitlines()[1:])
        if fields[3] == ESTABLISHED and f"socket:[{fields[9]}]" in opened
    )


def endpoint(text: str) -> str:
    """Read the kernel's form of an address: words of 32 bits in the machine's byte order."""
    address, port = text.split(":")
    words = [int(address[i : i + 8], 16) for i in range(0, len(address), 8)]
    parsed = ipaddress.ip_address(b"".join(word.to_bytes(4, sys.byteorder) for word in words))
    return f"{getattr(parsed, 'ipv4_mapped', None) or parsed}:{int(port, 16)}"


def edge(admin: str, application: str) -> dict[str, str] | None:
    """Return each web host's status in HAProxy here, for the application; None if it does not run."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(SECONDS)
            connection.connect(admin)
            connection.sendall(b"show stat -1 4 -1\n")
            lines = connection.makefile().read().removeprefix("# ").strip().splitlines()
    except OSError:
        return None
    rows = csv.DictReader(lines)
    return {row["svname"]: row["status"] for row in rows if row["pxname"] == application}


def broker(asked: list[str], vhost: str) -> dict[str, Any]:
    """Ask the node on this host, all questions at once: each starts a virtual machine of Erlang."""
    commands = {
        "queues": ["list_queues", "-p", vhost, *QUEUE],
        "channels": ["list_channels", *CHANNEL],
        "cluster": ["cluster_status"],
    }
    tool = ["rabbitmqctl", "--silent", "--formatter", "json", "--timeout", str(SECONDS)]
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    try:
        running = {
            what: subprocess.Popen(
                [*tool, *commands[what]],
                env={**os.environ, "PATH": path},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for what in asked
        }
    except FileNotFoundError:
        return {"error": "there is no rabbitmqctl on this host"}
    said = {what: process.communicate() for what, process in running.items()}
    for what, process in running.items():
        if process.returncode:
            return {"error": reason("".join(reversed(said[what])))}
    try:
        return {what: json.loads(out) for what, (out, _) in said.items()}
    except ValueError:
        return {"error": "rabbitmqctl did not answer in JSON"}


def reason(text: str) -> str:
    """Return the one line of an error of rabbitmqctl that says what it is."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line for line in lines if line.startswith("Error")), (lines or ["no reason"])[0])


if __name__ == "__main__":
    print(json.dumps(answer(json.loads(sys.argv[1]))))
