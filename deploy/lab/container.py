"""How a host's container is created: a value, compared as such in tests.

Each flag was needed for systemd 257 as PID 1 with hardened units inside, under cgroup v1. The
arguments for cgroup v2 follow the documentation of Docker and systemd; no machine with v2 was at
hand to try them on.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from deploy.lab.inventory import REPOSITORY, Host, Lab
from deploy.lab.network import LABEL, network_name

_ONE_HOST = 1024  # the weight that Docker gives a container by itself
CONFIG_LABEL = "celeriac.lab.config"
FOLDER_LABEL = "celeriac.lab.folder"
HOST_LABEL = "celeriac.lab.host"
UV_CACHE = "/var/cache/celeriac/uv"
CACHE = REPOSITORY / ".celeriac/cache"


def apt_cache(lab: Lab) -> Path:
    """Return the folder with the lab's downloaded Debian packages, one folder a host in it."""
    return CACHE / "apt" / lab.env


def caches(lab: Lab, host: Host) -> dict[Path, str]:
    """Return the package caches of a host: folder on this machine to path in the host.

    apt locks its archive folder, so each host has its own; uv's cache is for the build group.
    """
    folders = {apt_cache(lab) / host.name: "/var/cache/apt/archives"}
    if "build" in host.groups:
        folders[CACHE / "uv"] = UV_CACHE
    return folders


def configuration(lab: Lab, host: Host, image: str, cgroup: str) -> dict[str, Any]:
    """Return the body of the Engine API's ``POST /containers/create``, version 1.41.

    ``image`` is an image's id; ``cgroup`` is the version the engine reports, "1" or "2".
    """
    binds = [f"{source}:{target}:rw" for source, target in caches(lab, host).items()]
    if cgroup == "1":
        namespace, prepare = "host", ""
        binds.append("/sys/fs/cgroup:/sys/fs/cgroup:rw")
    else:
        # Docker mounts the container's own hierarchy read-only; systemd has to write to it.
        namespace, prepare = "private", "mount -o remount,rw /sys/fs/cgroup && "
    network = network_name(lab.env)
    body = {
        "Image": image,
        "Hostname": host.name,
        # Credentials of units (LoadCredential=) need mounts to propagate from the root.
        "Cmd": ["sh", "-c", prepare + "mount --make-rshared / && exec /sbin/init"],
        "HostConfig": {
            "CapAdd": ["SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"],
            "SecurityOpt": ["seccomp=unconfined", "apparmor=unconfined"],
            # With SYS_PTRACE: units with PrivateUsers= and ProtectProc= (the command line's
            # systempaths=unconfined).
            "MaskedPaths": [],
            "ReadonlyPaths": [],
            "CgroupnsMode": namespace,
            "Tmpfs": {"/run": "", "/tmp": "exec"},  # noqa: S108 (a mount point, not a file)
            "Binds": binds,
            "Memory": host.memory,
            "MemorySwap": host.memory,
            "CpuShares": host.cpu_weight * _ONE_HOST,
            "NetworkMode": network,
        },
        "NetworkingConfig": {
            "EndpointsConfig": {
                network: {
                    "IPAMConfig": {"IPv4Address": str(host.address)},
                    "Aliases": [host.name],
                }
            }
        },
    }
    described = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]
    labels = {
        LABEL: lab.env,
        FOLDER_LABEL: str(lab.folder),
        HOST_LABEL: host.name,
        CONFIG_LABEL: described,
    }
    return body | {"Labels": labels}
