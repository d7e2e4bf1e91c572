"""Debian on this machine: packages the lab needs here, and apt's archives and proxy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from deploy.lab.errors import LabError
from deploy.lab.inventory import REPOSITORY

LOGS = REPOSITORY / ".celeriac/log"
SUITE = "trixie"  # of the lab's hosts
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SERVER = "CELERIAC_DEBIAN_SERVER"  # environment variable, for machines whose apt knows none


def install(*packages: str) -> None:
    """Install Debian packages on this machine; what apt-get says goes to a log."""
    names = " and ".join(packages)
    if not shutil.which("apt-get"):
        raise LabError(f"{names} must be installed", "use this system's package manager")
    require_root(f"to install {names}")
    log = LOGS / "apt.log"
    LOGS.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    apt_get = ["apt-get", "--option", "DPkg::Lock::Timeout=300", "--yes"]
    with log.open("ab") as output:
        for command in (["update"], ["install", "--no-install-recommends", *packages]):
            argv = [*apt_get, *command]
            if subprocess.run(
                argv, env=environment, stdout=output, stderr=output, check=False
            ).returncode:
                raise LabError(f"`{' '.join(argv)}` failed", f"what it said is in {log}")


def require_root(purpose: str) -> None:
    """Raise LabError unless this process is root's."""
    if os.geteuid() != 0:
        raise LabError(f"root is needed {purpose}", "repeat the command as root")


def archive(name: str, folder: Path = Path("/etc/apt")) -> str:
    """Return the address of an archive, ``debian`` or ``debian-security``, in apt's sources.

    ``CELERIAC_DEBIAN_SERVER`` (``http://host``) goes before them. Addresses with https are passed
    over: the lab's image trusts no certificate of a company's own, and signatures protect the
    packages. Raises LabError where there is none.
    """
    if os.environ.get(SERVER):
        return f"{os.environ[SERVER].rstrip('/')}/{name}"
    address = re.compile(
        rf"^(?:URIs:|deb(?:\s+\[[^]]*\])?)\s+(http://\S+/{name})/?(?=\s|$)", re.MULTILINE
    )
    for file in [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]:
        if file.suffix in (".list", ".sources") and file.is_file():
            found = address.search(file.read_text())
            if found:
                return found[1]
    raise LabError(
        f"{folder}: no archive {name} over http in apt's sources",
        f"name a server that has it: {SERVER}=http://mirror.example",
    )


def sources(debian: str, security: str) -> str:
    """Return the deb822 sources of a lab host, from the addresses of the two archives."""
    return "\n".join(
        f"Types: deb\nURIs: {address}\nSuites: {suites}\nComponents: main\nSigned-By: {KEYRING}\n"
        for address, suites in (
            (debian, f"{SUITE} {SUITE}-updates"),
            (security, f"{SUITE}-security"),
        )
    )


def proxy() -> dict[str, str]:
    """Return apt's HTTP proxy on this machine as environment variables; empty without one."""
    for name in ("http_proxy", "HTTP_PROXY"):
        if os.environ.get(name):
            return {"http_proxy": os.environ[name]}
    if not shutil.which("apt-config"):
        return {}
    answer = subprocess.run(
        ["apt-config", "shell", "PROXY", "Acquire::http::Proxy"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    found = re.search(r"PROXY='(.+)'", answer)
    return {"http_proxy": found[1]} if found else {}
