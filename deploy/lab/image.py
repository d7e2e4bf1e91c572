"""The lab's images: Debian's base, the host on it, and the services for integration tests.

A tag is the digest of what the image was made from, so an image that exists is never built
again, and one whose inputs changed always is.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path

from docker import DockerClient
from docker.errors import APIError, BuildError, ImageNotFound
from docker.models.images import Image

from deploy.lab import debian
from deploy.lab.errors import LabError
from deploy.lab.progress import say

BASE = "celeriac/lab-base"
HOST = "celeriac/lab-host"
SERVICES = "celeriac/lab-services"
PUBLIC_BASE = "debian:trixie-slim"
LABEL = "celeriac.lab.image"
_FOLDERS = Path(__file__).parent / "images"
_NEEDED_DISK = 6 * 1024**3  # bytes, for images, seven hosts and their packages


def host(client: DockerClient) -> Image:
    """Return the image of the lab's hosts, built when its inputs changed (about a minute)."""
    sources = debian.sources(debian.archive("debian"), debian.archive("debian-security"))
    files = _folder("host") | {"debian.sources": sources.encode()}
    return _ensure(client, HOST, files, _base(client))


def services(client: DockerClient) -> Image:
    """Return the image with RabbitMQ, PostgreSQL and Redis for the integration tests."""
    return _ensure(client, SERVICES, _folder("services"), host(client))


def remove_unused(client: DockerClient) -> list[str]:
    """Remove the lab's images that no container uses; return their tags.

    The public base image stays, by its own name, where it was pulled.
    """
    removed = []
    for repository in (SERVICES, HOST, BASE):
        for image in client.images.list(repository):
            if not client.api.containers(all=True, filters={"ancestor": image.id}):
                for tag in image.tags:
                    if tag.startswith(f"{repository}:"):
                        client.images.remove(tag, force=True)
                        removed.append(tag)
    client.images.prune(filters={"dangling": True, "label": LABEL})
    return removed


def digest(base: str, files: Mapping[str, bytes]) -> str:
    """Return the first twelve hexadecimal digits over the base image's id and the files."""
    total = hashlib.sha256(base.encode())
    for name in sorted(files):
        total.update(b"\0" + name.encode() + b"\0" + files[name])
    return total.hexdigest()[:12]


def _folder(name: str) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (_FOLDERS / name).iterdir()}


def _ensure(
    client: DockerClient, repository: str, files: Mapping[str, bytes], base: Image
) -> Image:
    tag = f"{repository}:{digest(base.id, files)}"
    try:
        return client.images.get(tag)
    except ImageNotFound:
        pass
    check_disk(client)
    say(f"building {tag}")
    try:
        image, _ = client.images.build(
            fileobj=_context(files),
            custom_context=True,
            tag=tag,
            buildargs={"BASE": base.tags[0], **debian.proxy()},
            labels={LABEL: repository},
            network_mode="host",  # the machine's own MTU and name servers
            rm=True,
            forcerm=True,
        )
    except BuildError as error:
        output = "".join(line.get("stream", "") for line in error.build_log).splitlines()
        raise LabError(
            f"the image {tag} cannot be built: {error.msg}",
            "its last lines:\n    " + "\n    ".join(output[-15:]),
        ) from None
    _remove_old(client, repository, tag)
    return image


def _context(files: Mapping[str, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = 0o755 if content.startswith(b"#!") else 0o644
            archive.addfile(entry, io.BytesIO(content))
    buffer.seek(0)
    return buffer


def _remove_old(client: DockerClient, repository: str, current: str) -> None:
    for image in client.images.list(repository):
        for tag in image.tags:
            if tag.startswith(f"{repository}:") and tag != current:
                client.images.remove(tag, force=True)
    # An image that containers still use has lost its name only; a later build removes it.
    client.images.prune(filters={"dangling": True, "label": LABEL})


def _base(client: DockerClient) -> Image:
    tag = f"{BASE}:{debian.SUITE}"
    try:
        return client.images.get(tag)
    except ImageNotFound:
        pass
    check_disk(client)
    try:
        say(f"pulling {PUBLIC_BASE}")
        client.images.pull(PUBLIC_BASE).tag(BASE, debian.SUITE)
    except APIError as error:
        say(f"no registry answers ({error.explanation})")
        _bootstrap(client)
    return client.images.get(tag)


def _bootstrap(client: DockerClient) -> None:
    if not shutil.which("mmdebstrap"):
        say("installing mmdebstrap")
        debian.install("mmdebstrap", "debian-archive-keyring")
    address = debian.archive("debian")
    say(f"bootstrapping Debian {debian.SUITE} from {address}")
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder, "base.tar")
        argv = [
            "mmdebstrap",
            "--variant=minbase",
            "--components=main",
            f"--keyring={debian.KEYRING}",
        ]
        made = subprocess.run(
            [*argv, debian.SUITE, str(archive), address],
            env=os.environ | debian.proxy(),
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise LabError(
                f"mmdebstrap cannot make Debian {debian.SUITE} from {address}",
                "its last lines:\n    " + "\n    ".join(made.stderr.splitlines()[-10:]),
            )
        client.api.import_image_from_file(str(archive), repository=BASE, tag=debian.SUITE)


def check_disk(client: DockerClient, needed: int = _NEEDED_DISK) -> None:
    """Raise LabError when the disk with Docker's data has less than ``needed`` bytes free."""
    root = client.info()["DockerRootDir"]
    if not Path(root).is_dir():  # the engine runs elsewhere, in a virtual machine for example
        return
    free = shutil.disk_usage(root).free
    if free < needed:
        raise LabError(
            f"{root} has {free / 1024**3:.1f} GB free; the lab needs {needed // 1024**3} GB",
            "free some space (`docker system df` shows Docker's part), then repeat",
        )
