"""The end of a lab: everything that `up` and the hosts' deploys made for it, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

from docker import DockerClient

from deploy.lab import engine, hosts, image, network
from deploy.lab.container import CACHE, apt_cache
from deploy.lab.errors import LabError
from deploy.lab.inventory import Lab


def down(lab: Lab, *, keep_cache: bool) -> list[str]:
    """Remove hosts, network, keys and secrets of the lab; return what was removed.

    ``keep_cache`` spares what only saves time at the next start: images, downloaded packages, built releases.
    Images and shared caches also stay while another lab needs them. Docker Engine stays.
    """
    removed = []
    files = [lab.known_hosts, *secrets(lab), lab.state]
    last = True
    if engine.present():
        client = engine.ensure()
        removed += _containers_and_network(client, lab)
        last = not any_lab(client)
        if last and not keep_cache:
            removed += image.remove_unused(client)
    if not keep_cache:
        files.append(CACHE if last else apt_cache(lab))
    return removed + [str(path) for path in files if _delete(path)]


def secrets(lab: Lab) -> list[Path]:
    """Return the files with the lab's generated secrets: without its hosts they open nothing."""
    return [lab.folder / "group_vars/all/vault.yml", lab.folder / ".vault-password"]


def any_lab(client: DockerClient) -> bool:
    """Return whether any lab has hosts on this machine."""
    return bool(client.api.containers(all=True, filters={"label": network.LABEL}))


def _containers_and_network(client: DockerClient, lab: Lab) -> list[str]:
    containers = hosts.existing(client, lab.env)
    hosts.check_owner(lab, containers)
    hosts.remove(containers.values())
    removed = [container.name for container in containers.values()]
    for found in network.existing(client, lab):
        network.remove(found)
        removed.append(f"network {found.name}")
    return removed


def _delete(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    except PermissionError as error:
        raise LabError(
            f"{error.filename} belongs to root: a host made it", "repeat the command as root"
        ) from None
    return True
