"""What the lab's hosts are doing, one row each."""

from __future__ import annotations

from dataclasses import dataclass

from docker import DockerClient
from docker.models.containers import Container

from deploy.lab import hosts, memory
from deploy.lab.inventory import Lab

_MB = 1024**2


@dataclass(frozen=True)
class Row:
    """One host; ``used`` and ``limit`` are bytes of memory, None where there is nothing to read."""

    name: str
    address: str
    container: str
    systemd: str
    used: int | None
    limit: int

    @property
    def up(self) -> bool:
        return self.container == "running" and self.systemd in ("running", "degraded")


def rows(client: DockerClient, lab: Lab) -> list[Row]:
    """Return the state of every host in the inventory, in its order."""
    containers = hosts.existing(client, lab.env)
    found = []
    for host in lab.hosts:
        container = containers.get(host.name)
        running = container is not None and container.status == "running"
        found.append(
            Row(
                name=host.name,
                address=str(host.address),
                container=container.status if container else "absent",
                systemd=hosts.systemd_state(container) if container and running else "-",
                used=_used(container) if container and running else None,
                limit=host.memory,
            )
        )
    return found


def _used(container: Container) -> int | None:
    return memory.used(container.attrs["State"]["Pid"], container.id)


def table(found: list[Row]) -> str:
    """Return the rows as text in columns, with a heading."""
    cells = [("host", "address", "container", "systemd", "memory MB", "limit MB")]
    for row in found:
        used = "-" if row.used is None else str(round(row.used / _MB))
        limit = str(round(row.limit / _MB))
        cells.append((row.name, row.address, row.container, row.systemd, used, limit))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def memory_lines(found: list[Row]) -> str:
    """Return each running host's memory in MB and the sum, as tab-separated lines."""
    known = {row.name: row.used for row in found if row.used is not None}
    lines = [f"{name}\t{used / _MB:.0f}" for name, used in known.items()]
    return "\n".join([*lines, f"sum\t{sum(known.values()) / _MB:.0f}"])
