"""The lab's network: one bridge, addresses from the inventory, MTU of the default route."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import NamedTuple

from docker import DockerClient
from docker.errors import APIError
from docker.models.containers import Container
from docker.models.networks import Network
from docker.types import IPAMConfig, IPAMPool

from deploy.lab.errors import LabError
from deploy.lab.inventory import Host, Lab, shown

LABEL = "celeriac.lab"
_MTU = "com.docker.network.driver.mtu"


def network_name(env: str) -> str:
    """Return the name of an environment's network."""
    return f"celeriac-{env}"


class Route(NamedTuple):
    interface: str
    network: IPv4Network


def parse_routes(table: str) -> list[Route]:
    """Read the kernel's IPv4 routes from the text of ``/proc/net/route``.

    Addresses stand there as little-endian hexadecimal numbers (proc(5)).
    """
    routes = []
    for line in table.splitlines()[1:]:
        fields = line.split()
        address, mask = (
            IPv4Address(bytes.fromhex(field)[::-1]) for field in (fields[1], fields[7])
        )
        routes.append(Route(fields[0], IPv4Network(f"{address}/{mask}")))
    return routes


def default_mtu(routes: list[Route]) -> int:
    """Return the MTU, in bytes, of the default route's interface; 1500 without a default route.

    A bridge with a larger MTU than the way out loses large packets silently, and downloads hang.
    """
    for route in routes:
        if route.network.prefixlen == 0:
            return int(Path(f"/sys/class/net/{route.interface}/mtu").read_text())
    return 1500


def ensure(client: DockerClient, lab: Lab) -> Network:
    """Return the lab's network, made anew when its subnet or MTU is not as described."""
    routes = parse_routes(Path("/proc/net/route").read_text())
    mtu = default_mtu(routes)
    for network in existing(client, lab):
        pools = network.attrs["IPAM"]["Config"]
        options = network.attrs["Options"]
        if pools[0]["Subnet"] == str(lab.network) and options.get(_MTU) == str(mtu):
            return network
        remove(network)
        routes = parse_routes(Path("/proc/net/route").read_text())
    check_collision(lab, routes)
    return client.networks.create(
        network_name(lab.env),
        ipam=IPAMConfig(
            pool_configs=[IPAMPool(subnet=str(lab.network), gateway=str(lab.network[1]))]
        ),
        options={_MTU: str(mtu)},
        labels={LABEL: lab.env},
    )


def existing(client: DockerClient, lab: Lab) -> list[Network]:
    """Return the lab's network, in a list that is empty without one."""
    found: list[Network] = client.networks.list(filters={"label": f"{LABEL}={lab.env}"})
    return found


def connect(network: Network, container: Container, host: Host) -> bool:
    """Give the container its address and name in the network; False when it has them already.

    A container that was stopped while the network was made anew still names the old one.
    """
    attached = container.attrs["NetworkSettings"]["Networks"].get(network.name)
    if attached and attached["NetworkID"] in (network.id, ""):
        return False
    if attached:
        network.client.api.disconnect_container_from_network(container.id, network.name, force=True)
    try:
        network.connect(container, ipv4_address=str(host.address), aliases=[host.name])
    except APIError as error:
        raise LabError(
            f"{host.name} cannot have the address {host.address}: {error.explanation}",
            f"see who has it: `docker network inspect {network.name}`",
        ) from None
    return True


def remove(network: Network) -> None:
    """Remove a network of the lab; its containers stay, without a connection."""
    network.reload()
    for container in network.containers:
        network.disconnect(container, force=True)
    network.remove()


def check_collision(lab: Lab, routes: list[Route]) -> None:
    """Raise LabError when a route of this machine overlaps the network of the lab."""
    for route in routes:
        if route.network.prefixlen and route.network.overlaps(lab.network):
            raise LabError(
                f"the lab's network {lab.network} is in use: this machine has a route to"
                f" {route.network} through {route.interface}",
                f"choose other addresses in {shown(lab.folder / 'hosts.yml')}, or remove what holds"
                " that network (`docker network ls`)",
            )
