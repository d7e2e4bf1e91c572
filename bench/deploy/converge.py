"""What pyinfra converges: on each host as many operations of each kind as `counts.json` says.

Run by pyinfra itself, in its own environment. The first run makes everything, later ones find
nothing to change. Reads are shell commands, which pyinfra runs each time, as Ansible does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

from pyinfra import host
from pyinfra.operations import apt, files, server, systemd

PREFIX = "/srv/pyinfra"
# On every host of the lab.
SERVICES = ("ssh.service", "systemd-journald.service", "dbus.service")
PACKAGES = ["openssh-server", "sudo", "python3"]

counts = json.loads((Path(__file__).parent / "counts.json").read_text())[host.name]


def repeated(kind: str) -> Iterable[int]:
    """Count through a kind, so that pyinfra keeps the order."""
    numbers: Iterable[int] = host.loop(range(counts.get(kind, 0)))
    return numbers


for _ in repeated("packages"):
    apt.packages(packages=PACKAGES)
for _ in repeated("user"):
    server.user(user="pyinfra", system=True, create_home=False)
for number in repeated("directory"):
    files.directory(path=f"{PREFIX}-directory-{number}", mode="755")
for number in repeated("file"):
    files.put(src=StringIO(f"file {number}\n" * 20), dest=f"{PREFIX}-file-{number}", mode="644")
for number in repeated("link"):
    files.link(path=f"{PREFIX}-link-{number}", target="/srv")
for number in repeated("service"):
    systemd.service(service=SERVICES[number % len(SERVICES)], running=True, enabled=None)
for _ in repeated("read"):
    server.shell(commands=["cat /etc/os-release"])
