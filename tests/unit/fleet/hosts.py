"""Hosts that are folders: `ssh` runs their commands here, and the tools there read files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from celeriac.cli.main import app
from tests.descriptions import write

ROOT = Path(__file__).parents[3]
SHELL, PYTHON = "#!/bin/sh", f"#!{sys.executable}"
TOOLS = {
    # Options begin with a dash; then come the host and the command.
    "ssh": f"""{SHELL}
while case "$1" in -*) true ;; *) false ;; esac; do shift; done
export FOLDER="$HOSTS/$1"
echo "$1" >> "$HOSTS/asked"
if [ -e "$FOLDER/down" ]; then
  echo "ssh: connect to host $1 port 22: Connection refused" >&2
  exit 255
fi
shift
sh -c "$*" # not in its place: what runs on a host does not end with the connection
""",
    "sudo": f"""{SHELL}
shift
exec "$@"
""",
    "systemctl": f"""{SHELL}
case "$1" in list-units) cat "$FOLDER/active" ;; *) cat "$FOLDER/units" ;; esac
""",
    "systemd-run": f"""{SHELL}
echo "$FOLDER" >&2
printf '%s\\n' "$@"
cat
exit 5
""",
    "rabbitmqctl": f"""{SHELL}
for what in list_queues list_channels cluster_status; do
  case " $* " in *" $what "*) cat "$FOLDER/$what" && exit ;; esac
done 2>/dev/null
printf "Error: unable to perform an operation on node 'rabbit@one'\\n\\nDIAGNOSTICS\\n=====\\n" >&2
exit 69
""",
    "journalctl": PYTHON
    + """
import json, os, sys, time
from pathlib import Path
file = Path(os.environ["FOLDER"]) / "journal"
options = dict(word.split("=", 1) for word in sys.argv[1:] if word.startswith("--") and "=" in word)
seen = 0
def entries():
    global seen
    lines = file.read_text().splitlines() if file.exists() else []
    fresh, seen = lines[seen:], len(lines)
    return [json.loads(line) for line in fresh]
def show(found):
    for entry in found:
        late = int(entry["__REALTIME_TIMESTAMP"]) >= float(options.get("--since", "@0")[1:]) * 1e6
        after = int(entry["__CURSOR"]) > int(options.get("--after-cursor", -1))
        if late and after:
            print(json.dumps(entry), flush=True)
show(entries()[::-1] if "--reverse" in sys.argv else entries())
while "--follow" in sys.argv:
    time.sleep(0.05)
    show(entries())
""",
}
INSTANCE = {
    "ActiveState": "active",
    "SubState": "running",
    "UnitFileState": "enabled",
    "Result": "success",
    "ExecMainStatus": "0",
    "ActiveEnterTimestamp": "@1763802723",
    "StateChangeTimestamp": "@1763802723",
    "MainPID": "999999999",
    "NRestarts": "0",
    "MemoryCurrent": "104857600",
    "MemoryMax": "268435456",
    "StatusText": "",
    "Slice": "celeriac-shop.slice",
}


def show(instances: dict[str, dict[str, str]]) -> str:
    """What `systemctl show` prints of instances, each given by what is special about it."""
    blocks = [
        "\n".join(f"{name}={value}" for name, value in {"Id": f"{unit}.service", **INSTANCE, **own}.items())
        for unit, own in instances.items()
    ]  # fmt: skip
    return "\n\n".join(blocks)


def entry(second: int, unit: str, message: Any, **own: Any) -> dict[str, Any]:
    """An entry of a journal, ``second`` after the epoch."""
    return {
        "__REALTIME_TIMESTAMP": str(second * 1_000_000),
        "__CURSOR": str(second),
        "_PID": "7",
        "_SYSTEMD_UNIT": f"{unit}.service",
        "PRIORITY": "6",
        "MESSAGE": message,
        **own,
    }


class Hosts:
    """The hosts one, two and three of the tests' inventory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.description = write(folder)
        (folder / "inventories" / "test" / "known_hosts").touch()
        inventories = str(folder / "inventories")
        self.place = ["--environment", "test", "--inventories", inventories]
        self.place += ["--file", str(self.description)]
        tools = folder / "tools"
        tools.mkdir()
        for name, text in TOOLS.items():
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        self.environment = {
            "PATH": f"{tools}:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder),
            "HOSTS": str(folder / "hosts"),
        }
        for host in ("one", "two", "three"):
            (folder / "hosts" / host).mkdir(parents=True)
            self.put(host, "units", "")

    def put(self, host: str, name: str, content: Any) -> None:
        """Write what a tool says on a host; anything but text as JSON."""
        text = content if isinstance(content, str) else json.dumps(content)
        (self.folder / "hosts" / host / name).write_text(text)

    def journal(self, host: str, entries: list[dict[str, Any]]) -> None:
        with (self.folder / "hosts" / host / "journal").open("a") as file:
            file.writelines(f"{json.dumps(each)}\n" for each in entries)

    def asked(self) -> list[str]:
        """The hosts that were asked, in any order."""
        asked = (self.folder / "hosts" / "asked").read_text().splitlines()
        return sorted(asked)

    def words(self, name: str, *options: str) -> list[str]:
        return [name, *self.place, *options]

    def celeriac(self, name: str, *options: str) -> Result:
        """Run a command about these hosts."""
        return self.run(*self.words(name, *options))

    def run(self, *words: str, color: bool = False) -> Result:
        """Run a command in this process, which has Ansible's inventory code loaded.

        With ``color`` it prints as on a terminal.
        """
        return CliRunner().invoke(app, list(words), env=self.environment, color=color)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command in a process of its own, to be read and interrupted while it runs."""
        return subprocess.Popen(
            [sys.executable, "-m", "celeriac", *self.words(*words)],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def processes(self) -> list[str]:
        """The command lines of what still runs on these hosts."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                variables = (process / "environ").read_bytes()
                if (
                    f"HOSTS={self.folder}".encode() in variables
                    and int(process.name) != os.getpid()
                ):
                    found.append((process / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue
        return found
