"""A host's stamp: what a deploy that ended well was made of, and how it left the host.

The module `celeriac_stamp` writes it; before the next deploy `celeriac` sends this file to the host's
own Python and calls `compare`, so it needs nothing but the standard library.

A stamp is JSON: ``inputs`` (a digest), ``when`` (seconds of the epoch), ``question`` (what is looked at)
and ``found`` (part to digest). A question has ``application``, ``root``, ``state`` and ``archives``, its
folders, and where it belongs to the host ``answers`` (``url``, ``host``, ``codes``, ``socket`` each), ``broker``
(``url``, ``user``) and ``database`` (``port``, ``name``). No secret stands in it.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import http.client
import json
import os
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

# What deploys write, and what those who work on a host by hand change. Of each file its name, owner,
# mode, size and times: who writes one changes the last of them, and cannot put it back.
FOLDERS = ("/etc", "/usr/local")
FILES = ("/var/lib/dpkg/status", "/var/lib/rabbitmq/.erlang.cookie")
ADMIN = Path("/run/haproxy/admin.sock")
# They come with whoever logs in, as we do.
LOGINS = ("user@", "user-runtime-dir@", "ssh@", "sshd@")
# Marks in the application's state of which each deploy says that they are there.
MARKS = ("paused", "drained", "maintenance.html")
LOCK, AUDIT, STAMP = "lock", "audit.jsonl", "stamp.json"
TIMEOUT = 10  # seconds for one answer
# What of a cluster's queues stays the same while messages come and go; those that are replicated.
QUEUES = (
    "queues?disable_stats=true&enable_queue_totals=true&columns=vhost,name,leader,members,online"
)
# By what roles size services: memory, as the machine and a control group have it, and disks.
MEMORY = (
    "/proc/meminfo",
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)
DISKS = ("/", "/var/lib/rabbitmq")

ROLES = (
    "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolpassword FROM pg_authid"
)
MEMBERS = "SELECT roleid::regrole, member::regrole FROM pg_auth_members"
DATABASES = "SELECT datname, pg_get_userbyid(datdba), datacl FROM pg_database"
RELATIONS = (
    "SELECT oid::regclass, relkind, pg_get_userbyid(relowner), relacl FROM pg_class "
    "WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_' OR nspname = 'information_schema')"
)
SCHEMAS = (
    "SELECT nspname, pg_get_userbyid(nspowner), nspacl FROM pg_namespace WHERE nspname !~ '^pg_'"
)
TO_COME = "SELECT pg_get_userbyid(defaclrole), defaclnamespace, defaclobjtype, defaclacl FROM pg_default_acl"
SETTINGS = (
    "SELECT name, setting, pending_restart FROM pg_settings WHERE source = 'configuration file'"
)
STANDBY = "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')"
OF_ROLES = "SELECT setdatabase, setrole, setconfig FROM pg_db_role_setting"
STATEMENTS = (ROLES, MEMBERS, DATABASES, RELATIONS, SCHEMAS, TO_COME, SETTINGS, STANDBY, OF_ROLES)


class Unclear(Exception):
    """A part cannot be looked at; the message says why."""


def compare(path: str, inputs: str, age: float, secrets: dict[str, str]) -> dict:
    """Return in ``differs`` what is not as the stamp says; nothing if all is.

    ``age`` is how many seconds a stamp holds, ``secrets`` are those by which `look` asks.
    """
    try:
        stamp = json.loads(Path(path).read_text())
        question, found = stamp["question"], stamp["found"]
        old = not 0 <= time.time() - stamp["when"] <= age
    except (OSError, ValueError, TypeError, KeyError):
        return {"differs": ["no deploy has left a stamp"]}
    if stamp["inputs"] != inputs:
        return {"differs": ["another deploy was there since"]}
    if old:
        return {"differs": ["the stamp is old"]}
    if marks := [mark for mark in (*MARKS, LOCK) if holds(Path(question["state"], mark))]:
        return {"differs": marks}
    try:
        now = look(question, secrets)
    except Unclear as error:
        return {"differs": [str(error)]}
    return {"differs": [part for part in {**found, **now} if found.get(part) != now.get(part)]}


def holds(path: Path) -> bool:
    """Whether there is such a file, or anything in such a folder."""
    return any(path.iterdir()) if path.is_dir() else path.exists()


def look(question: dict, secrets: dict[str, str]) -> dict[str, str]:
    """Return each part of the host and the digest of how it is. Raises `Unclear`."""
    root, state, application = (
        Path(question["root"]),
        Path(question["state"]),
        question["application"],
    )
    own = {state / LOCK, state / AUDIT, state / STAMP}
    found = {
        **{f"files below {folder}": digest(entries(Path(folder))) for folder in FOLDERS},
        "packages and cookies": digest(line for name in FILES for line in entry(Path(name))),
        "size of the host": digest(size()),
        "releases": digest([*entries(root, depth=2), *entries(root / "static")]),
        "archives": digest(entries(Path(question["archives"]))),
        "what the host remembers": digest(entries(state, leave=own)),
        "audit": digest(last_line(state / AUDIT)),
        "units": digest(well(units(), application)),
    }
    if question.get("answers"):
        found["answers"] = digest(map(answer, question["answers"]))
    if ADMIN.exists():
        found["what HAProxy finds well"] = digest(balance(application))
    if question.get("broker"):
        found["broker"] = digest(broker(question["broker"], secrets))
    if question.get("database"):
        found["database"] = digest(database(question["database"]))
    return found


def digest(lines: Iterable[str]) -> str:
    text = hashlib.sha256()
    for line in lines:
        text.update(line.encode(errors="surrogateescape") + b"\0")
    return text.hexdigest()


def entries(folder: Path, depth: int = -1, leave: Iterable[Path] = ()) -> Iterator[str]:
    """Yield a line for a folder and all that is in it, down to ``depth``; links are not followed."""
    yield from entry(folder)
    if depth == 0:
        return
    try:
        inside = sorted(os.scandir(folder), key=lambda each: each.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for each in inside:
        path = Path(each.path)
        if path in leave:
            continue
        if each.is_dir(follow_symlinks=False):
            yield from entries(path, depth - 1, leave)
        else:
            yield from entry(path)


def entry(path: Path) -> Iterator[str]:
    """Yield what tells that a file was touched. Of a folder its times say no more than what is in it."""
    try:
        seen = path.lstat()
    except FileNotFoundError:
        return
    words = [str(path), seen.st_mode, seen.st_uid, seen.st_gid]
    if not path.is_dir() or path.is_symlink():
        words += [seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns]
    yield " ".join(map(str, words))


def last_line(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()[-1:]
    except FileNotFoundError:
        return []


def newest(folders: Iterable[str] = FOLDERS) -> float:
    """Return when anything in folders was changed last, in seconds of the epoch."""
    found = [0.0]
    for top in folders:
        for folder, _, names in os.walk(top):
            for name in names:
                try:
                    found.append(Path(folder, name).lstat().st_ctime)
                except FileNotFoundError:
                    continue
    return max(found)


def size() -> list[str]:
    """Return memory and disks of the host, used or not."""
    found = []
    for name in MEMORY:
        try:
            found.append(Path(name).read_text().partition("\n")[0])  # of meminfo, MemTotal
        except OSError:
            continue
    for name in DISKS:
        if Path(name).exists():
            seen = os.statvfs(name)
            found.append(str(seen.f_blocks * seen.f_frsize))
    return found


def well(listed: list[str], application: str) -> list[str]:
    """Return what is listed. Raises `Unclear` for a unit of the application that starts or failed."""
    own = (
        f"celery-{application}-",
        *(f"{kind}-{application}@" for kind in ("web", "relay", "beat")),
    )
    for line in listed:
        name, state = line.split()
        if name.startswith(own) and state in ("activating", "failed"):
            raise Unclear(f"{name} is {state}")
    return listed


def units() -> list[str]:
    """Return the units that are there for good and run, start, finish or failed, with their states."""
    states = "--state=active,reloading,activating,deactivating,failed"
    kinds = "--type=service,socket,timer,path"
    options = ["--plain", "--no-legend", "--full", states, kinds]
    listed = [line.split() for line in run("systemctl", "list-units", *options).splitlines()]
    return sorted(f"{name} {state}" for name, _, state, *_ in listed if not name.startswith(LOGINS))


def run(*command: str) -> str:
    """Return what a command prints. Raises `Unclear`."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=3 * TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unclear(f"{command[0]}: {error}") from None
    if done.returncode:
        raise Unclear(f"{command[0]}: {done.stderr.strip()}")
    return done.stdout


class Local(http.client.HTTPConnection):
    """A connection to a server's socket in the file system."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(self._path)


def answer(asked: dict) -> str:
    """Return that the host answers as it should. Raises `Unclear` with what it does instead."""
    parts = urlsplit(asked["url"])
    if asked["socket"]:
        server: http.client.HTTPConnection = Local(asked["socket"])
    elif parts.scheme == "https":
        # The host asks itself by address; the edge checks the name.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        server = http.client.HTTPSConnection(parts.netloc, timeout=TIMEOUT, context=context)
    else:
        server = http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT)
    try:
        server.request("GET", parts.path or "/", headers={"Host": asked["host"]})
        status = server.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise Unclear(f"{asked['url']}: {error}") from None
    finally:
        server.close()
    if status not in asked["codes"]:
        raise Unclear(f"{asked['url']}: status {status}")
    return f"{asked['url']} {asked['host']}"


def balance(application: str) -> list[str]:
    """Return what HAProxy finds of each server.

    Raises `Unclear` for one of the application that is not well and that nobody took out.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(TIMEOUT)
            connection.connect(str(ADMIN))
            connection.sendall(b"show stat -1 4 -1\n")
            said = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        rows = list(csv.DictReader(said.removeprefix("# ").strip().splitlines()))
        found = [(row["pxname"], row["svname"], row["status"].split()[0]) for row in rows]
    except (OSError, ValueError, LookupError, AttributeError) as error:
        raise Unclear(f"{ADMIN}: {error!r}") from None
    for backend, server, status in found:
        if backend == application and not status.startswith(("UP", "DRAIN", "MAINT")):
            raise Unclear(f"HAProxy finds {server} {status}")
    return sorted(" ".join(each) for each in found)


def broker(server: dict, secrets: dict[str, str]) -> list[str]:
    """Return definitions, replicas and nodes as the management API tells them. Raises `Unclear`."""
    login = base64.b64encode(f"{server['user']}:{secrets.get('broker', '')}".encode()).decode()
    # Asked where it stands, never through a proxy of the environment.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def get(path: str) -> list | dict:
        request = urllib.request.Request(f"{server['url']}/api/{path}")  # noqa: S310
        request.add_header("Authorization", f"Basic {login}")
        try:
            with opener.open(request, timeout=TIMEOUT) as said:
                return json.load(said)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise Unclear(f"{server['url']}: {error!r}") from None

    defined = get("definitions")
    lines = [
        f"{kind} {json.dumps(each, sort_keys=True)}"
        for kind, value in defined.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    for queue in get(QUEUES):
        if queue.get("members"):
            replicas = sorted(queue["members"]), sorted(queue.get("online", []))
            lines.append(f"{queue['vhost']} {queue['name']} {queue.get('leader')} {replicas}")
    for node in get("nodes"):
        well = [node.get(key) for key in ("running", "partitions", "mem_alarm", "disk_free_alarm")]
        lines.append(f"{node['name']} {well}")
    return sorted(lines)


def database(server: dict) -> list[str]:
    """Return roles, rights and settings of the server on this host. Raises `Unclear`."""
    asked = [f"--command={statement}" for statement in STATEMENTS]
    # Else it goes on after an error, and the last statement's end is its own.
    options = ["--no-psqlrc", "--set=ON_ERROR_STOP=1", "--tuples-only", "--no-align"]
    options += [f"--port={server['port']}", *asked]
    said = run("runuser", "--user=postgres", "--", "psql", *options, f"--dbname={server['name']}")
    return sorted(said.splitlines())
