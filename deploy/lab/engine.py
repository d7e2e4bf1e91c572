"""Docker Engine: found, or installed from Debian's packages and started."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import docker
from docker import DockerClient
from docker.errors import DockerException

from deploy.lab import debian
from deploy.lab.debian import LOGS
from deploy.lab.errors import LabError
from deploy.lab.progress import say

_READY_WITHIN = 60  # seconds; 8 were measured on two cores
_ANSWER_WITHIN = 120  # seconds, for one request to the engine
_DEBIAN = ("12", "13")


class NoEngineError(LabError):
    """No Docker Engine answers."""


def connect() -> DockerClient:
    """Return a client of the engine that runs; raise NoEngineError when none answers.

    A Docker command on the path says nothing: many machines have the client without an engine.
    """
    try:
        return docker.from_env(timeout=_ANSWER_WITHIN)
    except DockerException as error:
        problem = f"no Docker Engine answers: {error}"
        raise NoEngineError(problem, "`make lab` starts Docker Engine, as root") from None


def present() -> bool:
    """Return whether an engine runs, or could be started without installing one."""
    if shutil.which("dockerd"):
        return True
    try:
        connect()
    except NoEngineError:
        return False
    return True


def ensure() -> DockerClient:
    """Return a client of a running engine, installing and starting Debian's if need be."""
    try:
        return connect()
    except NoEngineError as error:
        _check_permission(error)
    if not shutil.which("dockerd"):
        _install()
    _start()
    return _wait()


def _check_permission(error: NoEngineError) -> None:
    socket = Path("/run/docker.sock")
    if socket.exists() and not os.access(socket, os.R_OK | os.W_OK):
        raise LabError(
            f"Docker Engine is there, but not for this user: {error.problem}",
            "run as root, or have an administrator add this user to the group docker",
        )


def packages(release: Mapping[str, str]) -> list[str]:
    """Return the Debian packages with Docker Engine and its command.

    ``release`` holds the fields of ``/etc/os-release``. Raises LabError for other systems.
    """
    if release.get("ID") != "debian" or release.get("VERSION_ID") not in _DEBIAN:
        name = release.get("PRETTY_NAME", "this system")
        raise LabError(
            f"{name} has no Docker Engine, and the lab installs it on Debian 12 and 13 alone",
            "install Docker Engine 20.10 or newer (https://docs.docker.com/engine/install/),"
            " then repeat the command",
        )
    # Debian 13 has the command in a package of its own.
    return ["docker.io", *(["docker-cli"] if release["VERSION_ID"] == "13" else [])]


def _install() -> None:
    try:
        release = platform.freedesktop_os_release()
    except OSError:  # no Linux
        release = {}
    wanted = packages(release)
    say("installing Docker Engine from Debian's packages")
    debian.install(*wanted)


def _start() -> None:
    debian.require_root("to start Docker Engine")
    say("starting Docker Engine")
    if Path("/run/systemd/system").is_dir():
        if subprocess.run(["systemctl", "start", "docker.service"], check=False).returncode:
            raise LabError("docker.service does not start", "read `journalctl -u docker.service`")
        return
    # Where PID 1 is not systemd (in a container, say) the package starts nothing.
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / "dockerd.log").open("ab") as log:
        subprocess.Popen(
            ["dockerd"], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )


def _wait() -> DockerClient:
    deadline = time.monotonic() + _READY_WITHIN
    while True:
        try:
            return connect()
        except NoEngineError as error:
            if time.monotonic() > deadline:
                raise LabError(
                    f"Docker Engine is not ready after {_READY_WITHIN} s: {error.problem}",
                    f"read {LOGS / 'dockerd.log'} or `journalctl -u docker.service`",
                ) from None
        time.sleep(0.2)
