"""Tells a host's memory, and what other applications' units there may take, as one line of JSON.

It is sent to `python3 -` on the host, as root, and needs the standard library alone. Its argument
is the question, as JSON: {"application": "shop"}. The answer, in bytes:

    {"memory": 4294967296, "others": 536870912}
"""

import json
import subprocess
import sys
from pathlib import Path


def memory(meminfo: str, cgroups: str, root: Path) -> int:
    """Return the machine's memory, or the smallest limit of the control groups of process 1.

    As the module `celeriac_host` does, which Ansible brings to a host with what it imports: of what
    goes to the standard input of a Python there, nothing can be imported.
    """
    line = next(line for line in meminfo.splitlines() if line.startswith("MemTotal:"))
    found = [int(line.split()[1]) * 1024]
    for line in cgroups.splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        top, name = (
            (root / "memory", "memory.limit_in_bytes") if controllers else (root, "memory.max")
        )
        group = top / path.lstrip("/")
        for folder in (group, *group.parents):
            file = folder / name
            if folder.is_relative_to(top) and file.is_file() and file.read_text().strip().isdigit():
                found.append(int(file.read_text()))
    return min(found)


def others(shown: str, application: str) -> int:
    """Return the limits of the running units of the kit's other applications, from `systemctl show`."""
    blocks = [
        dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        for block in shown.strip().split("\n\n")
    ]
    return sum(
        int(block["MemoryMax"])
        for block in blocks
        if block.get("Slice", "").startswith("celeriac-")
        and block["Slice"] != f"celeriac-{application}.slice"
        and block["ActiveState"] == "active"
        and block["MemoryMax"].isdigit()
    )


def main(question: dict[str, str]) -> None:
    patterns = [f"{kind}-*@*.service" for kind in ("celery", "web", "beat", "relay")]
    names = "--property=Slice,ActiveState,MemoryMax"
    command = ["systemctl", "show", names, *patterns]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=15, check=True).stdout
    have = memory(
        Path("/proc/meminfo").read_text(),
        Path("/proc/1/cgroup").read_text(),
        Path("/sys/fs/cgroup"),
    )
    print(json.dumps({"memory": have, "others": others(shown, question["application"])}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
