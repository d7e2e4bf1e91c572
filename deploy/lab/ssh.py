"""SSH to the lab's hosts: one client key for the lab, and a host key of each host.

The public host keys are read out of the containers, not over the network: only so does checking
them prove anything.
"""

from __future__ import annotations

import io
import shutil
import socket
import subprocess
import tarfile
from collections.abc import Iterable
from pathlib import Path

from docker.models.containers import Container

from deploy.lab import debian
from deploy.lab.inventory import USER, Host, Lab
from deploy.lab.progress import say

HOST_KEY = "/etc/ssh/ssh_host_ed25519_key.pub"
_UID = 1000  # of the image's only user


def ensure_client() -> None:
    """Install Debian's SSH client where there is none; Ansible needs it as well."""
    if not (shutil.which("ssh") and shutil.which("ssh-keygen")):
        say("installing the SSH client")
        debian.install("openssh-client")


def client_key(lab: Lab) -> Path:
    """Return the private key that opens the lab's hosts, generated when missing."""
    key = lab.state / "id_ed25519"
    if not key.exists():
        key.parent.mkdir(parents=True, exist_ok=True)
        comment = f"celeriac {lab.env}"
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(key)],
            check=True,
        )
    return key


def authorize(container: Container, public_key: bytes) -> None:
    """Let the client key in; works on a container that has not started yet, too."""
    entry = tarfile.TarInfo("authorized_keys")
    entry.size, entry.mode, entry.uid, entry.gid = len(public_key), 0o600, _UID, _UID
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(entry, io.BytesIO(public_key))
    container.put_archive(f"/home/{USER}/.ssh", buffer.getvalue())


def host_key(container: Container) -> str:
    """Return the host's public key as ``type base64``, read through the container."""
    chunks, _ = container.get_archive(HOST_KEY)
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as archive:
        member = archive.extractfile(archive.getmembers()[0])
        assert member  # noqa: S101 (a plain file always has content)
        return " ".join(member.read().decode().split()[:2])


def answers(host: Host) -> bool:
    """Return whether the host's SSH server greets within a second."""
    try:
        with socket.create_connection((str(host.address), 22), timeout=1) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def write_known_hosts(lab: Lab, keys: Iterable[tuple[Host, str]]) -> None:
    """Write the environment's known_hosts, each host by name and address."""
    content = "".join(f"{host.name},{host.address} {key}\n" for host, key in keys)
    file = lab.known_hosts
    if file.exists() and file.read_text() == content:
        return
    new = file.with_name(f".{file.name}.new")
    new.write_text(content)
    new.replace(file)
