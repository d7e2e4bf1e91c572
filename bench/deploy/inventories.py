"""Inventories of the bench's labs: the reference application on 3, 7 or 15 hosts."""

from __future__ import annotations

import json
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from deploy.lab.inventory import REPOSITORY, USER, Lab

APPLICATION = "dailyfresh"
PORT = 80
STATE = REPOSITORY / ".celeriac/bench"
MEMORY = "3g"  # of each host, as a limit
CONNECTIONS = 400  # of the database; its own 200 are too few for six workers and two releases
POOLS = {"mail": 1, "flash-sale": 1, "reports": 1}


def named(name: str, count: int) -> list[str]:
    return [f"{name}{number}" for number in range(1, count + 1)]


# Which hosts do what. The cache is on the database's, beat on the relays', and the last worker builds.
SIZES: dict[int, dict[str, list[str]]] = {
    3: {
        "broker": ["core1"],
        "database": ["core1"],
        "web": ["web1"],
        "workers": ["worker1"],
        "relay": ["worker1"],
    },
    7: {
        "broker": ["broker1"],
        "database": ["db1"],
        "web": named("web", 2),
        "workers": named("worker", 2),
        "relay": ["relay1"],
    },
    15: {
        "broker": named("broker", 3),
        "database": ["db1"],
        "web": named("web", 3),
        "workers": named("worker", 6),
        "relay": named("relay", 2),
    },
}


def folder(size: int) -> Path:
    """Return the inventory's folder, whose name is that of the environment."""
    return STATE / "inventories" / f"bench-{size}"


def addresses(size: int, network: IPv4Network) -> dict[str, str]:
    """Return each host's address; the network's first ten are left to others."""
    hosts = dict.fromkeys(name for names in SIZES[size].values() for name in names)
    return {name: str(network[10 + number]) for number, name in enumerate(hosts)}


def inventory(size: int, network: IPv4Network) -> dict[str, Any]:
    """Return the inventory as `hosts.yml` has it."""
    given = addresses(size, network)
    groups = dict(SIZES[size])
    groups |= {
        "build": groups["workers"][-1:],
        "cache": groups["database"],
        "beat": groups["relay"],
    }
    web = [given[name] for name in groups["web"]]
    site = {"names": [*groups["web"], *web], "port": PORT, "url": f"https://{web[0]}"}
    # Plain HTTP is for the lab alone; here this machine would be the balancer that ends TLS.
    balancer = {"by": "upstream", "from": [str(network[1])]}
    return {
        "all": {
            "vars": {
                "ansible_user": USER,
                "celeriac_sites": {APPLICATION: site},
                "celeriac_edge_tls": {APPLICATION: balancer},
                "postgresql_max_connections": CONNECTIONS,
                # Nobody registers here, so no mail is sent.
                "celeriac_mail": {"host": "localhost", "port": 25},
            },
            "hosts": {
                name: {
                    "ansible_host": address,
                    "lab_memory": MEMORY,
                    **(
                        {"celeriac_pools": {APPLICATION: POOLS}}
                        if name in groups["workers"]
                        else {}
                    ),
                }
                for name, address in given.items()
            },
            "children": {group: {"hosts": dict.fromkeys(names)} for group, names in groups.items()},
        }
    }


def settings(lab: Lab) -> dict[str, Any]:
    """Return the variables of all hosts, as those of the lab's own inventory."""
    options = (
        f"-o UserKnownHostsFile={lab.known_hosts}",
        "-o StrictHostKeyChecking=yes",
        "-o IdentitiesOnly=yes",
    )
    certificates = (
        "{{ query('ansible.builtin.fileglob', '/usr/local/share/ca-certificates/*.crt') }}"
    )
    return {
        "ansible_ssh_private_key_file": str(lab.state / "id_ed25519"),
        "ansible_ssh_common_args": " ".join(options),
        "base_ca_certificates": certificates,
        "base_time_synchronisation": False,
        "release_build_uv_cache": "/var/cache/celeriac/uv",
    }


def write(size: int, network: IPv4Network) -> Lab:
    """Write the inventory and return its lab. Raises `deploy.lab.errors.LabError`."""
    from deploy.lab.inventory import read

    place = folder(size)
    (place / "group_vars/all").mkdir(parents=True, exist_ok=True)
    (place / "hosts.yml").write_text(json.dumps(inventory(size, network), indent=1))
    lab = read(str(place))
    (place / "group_vars/all/main.yml").write_text(json.dumps(settings(lab), indent=1))
    return lab
