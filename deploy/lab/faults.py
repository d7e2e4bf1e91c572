"""What can happen to a host, for tests: each is undone when the ``with`` block ends.

with faults.paused(lab, "broker1"):
    ...
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache

from docker import DockerClient
from docker.errors import NotFound
from docker.models.containers import Container

from deploy.lab import engine, hosts, network
from deploy.lab.errors import LabError
from deploy.lab.inventory import Lab

_NOBODY = "02:00:00:00:00:00"  # a hardware address that no host has


def container(lab: Lab, name: str) -> Container:
    """Return a host's container; raise LabError when the lab does not run it."""
    lab.host(name)
    try:
        return _client().containers.get(hosts.container_name(lab.env, name))
    except NotFound:
        raise LabError(f"{name} is not on this machine", "start the lab: `make lab`") from None


@cache
def _client() -> DockerClient:
    """Return one client for all commands: making it costs as much as a command."""
    return engine.connect()


def run(lab: Lab, name: str, *command: str) -> str:
    """Run a command as root on a host, past SSH; return its output.

    Raises RuntimeError with the output when the command fails.
    """
    code, output = container(lab, name).exec_run(list(command))
    text: str = output.decode(errors="replace")
    # None: Docker lost sight of it, and with that perhaps of its output.
    if code != 0:
        raise RuntimeError(f"{name}: {' '.join(command)}: exit code {code}\n{text}")
    return text


@contextmanager
def killed(lab: Lab, *names: str) -> Iterator[None]:
    """Take the hosts' power away, and give it back to all of them at once; wait until they are up."""
    victims = {name: container(lab, name) for name in names}
    try:
        for host in victims.values():
            host.kill()
            host.wait()
        yield
    finally:
        for host in victims.values():
            host.start()
        hosts.wait([lab.host(name) for name in names], victims)


@contextmanager
def paused(lab: Lab, name: str) -> Iterator[None]:
    """Freeze every process of the host: its connections stay open and say nothing."""
    host = container(lab, name)
    host.pause()
    try:
        yield
    finally:
        host.unpause()


@contextmanager
def cut_off(lab: Lab, name: str) -> Iterator[None]:
    """Take the host off the network: packets to and from it vanish."""
    host = container(lab, name)
    bridge = network.existing(_client(), lab)[0]
    bridge.disconnect(host)
    try:
        yield
    finally:
        host.reload()
        network.connect(bridge, host, lab.host(name))


@contextmanager
def full_disk(lab: Lab, name: str, folder: str) -> Iterator[None]:
    """Put a file system without a free byte over a folder; what it held is hidden meanwhile."""
    run(lab, name, "mount", "-t", "tmpfs", "-o", "size=4k,mode=0755", "full", folder)
    try:
        run(lab, name, "sh", "-c", f"head -c 4096 /dev/zero > '{folder}/.full'")
        yield
    finally:
        run(lab, name, "umount", "--lazy", folder)


@contextmanager
def apart(lab: Lab, ones: Iterable[str], others: Iterable[str]) -> Iterator[None]:
    """Let packets between any of the ones and any of the others vanish; all else gets through.

    Each side is told a hardware address of the other that nobody has.
    """
    pairs = [pair for one in ones for other in others for pair in ((one, other), (other, one))]
    with ExitStack() as undone:
        for near, far in pairs:
            address, device = lab.host(far).address, f"dev {_interface(lab, near)}"
            undo = f"ip neigh flush {address} nud permanent {device}"
            undone.callback(run, lab, near, *undo.split())
            replace = f"ip neigh replace {address} lladdr {_NOBODY} nud permanent {device}"
            run(lab, near, *replace.split())
        yield


def _interface(lab: Lab, name: str) -> str:
    """Return a host's interface in the lab's network: after `cut_off` it may be another one."""
    address = str(lab.host(name).address)
    shown = run(lab, name, "ip", "-oneline", "address", "show", "to", address).split()
    if len(shown) < 2:
        raise RuntimeError(f"{name}: no interface has the address {address}")
    return shown[1]
