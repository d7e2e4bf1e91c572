"""Where the ledger runs: its hosts in the lab, and how to ask and to tell them something."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from celeriac.derive import names
from celeriac.description.inventory import Inventory
from celeriac.description.inventory import read as read_inventory
from deploy.lab import faults
from deploy.lab import inventory as lab_inventory
from deploy.lab.inventory import Lab
from soak.load import Web

APPLICATION = "ledger"
BROKER = "rabbitmq-server.service"
BROKER_PORT = 5671
DATABASE = "postgresql@17-main.service"
# The application's units on a host, whatever their release.
WEB = f"{names.web_unit(APPLICATION)}@*"
RELAY = f"{names.relay_unit(APPLICATION)}@*"
BEAT = f"{names.beat_unit(APPLICATION)}@*"
POOLS = 3
_ANSWER = 2.0  # seconds to connect


@dataclass(frozen=True)
class Place:
    """The lab's hosts by role. All commands go past SSH, so that no fault is in their way."""

    lab: Lab
    inventory: Inventory
    led: str  # the queue whose leader a fault means

    @classmethod
    def of(cls, environment: str, led: str) -> Place:
        return cls(lab_inventory.read(environment), read_inventory(environment), led)

    @property
    def brokers(self) -> list[str]:
        return self.inventory.groups["broker"]

    @property
    def relays(self) -> list[str]:
        return self.inventory.groups["relay"]

    @property
    def beats(self) -> list[str]:
        return self.inventory.groups["beat"]

    @property
    def workers(self) -> list[str]:
        return sorted(self.inventory.pools(APPLICATION))

    @property
    def database(self) -> str:
        return self.inventory.groups["database"][0]

    @property
    def vhost(self) -> str:
        return f"{APPLICATION}-{self.inventory.environment}"

    @property
    def webs(self) -> list[Web]:
        site = self.inventory.site(APPLICATION)
        assert site is not None  # noqa: S101 (the deploy has checked it)
        hosts = self.inventory.groups["web"]
        return [Web(host, str(self.lab.host(host).address), site["port"]) for host in hosts]

    @property
    def edge(self) -> Web:
        """Where people come in: the load balancer."""
        site = self.inventory.site(APPLICATION)
        assert site is not None  # noqa: S101 (the deploy has checked it)
        (host, *_) = self.inventory.groups["edge"]
        return Web(host, str(self.lab.host(host).address), site["port"])

    def slots(self, pool: str, concurrency: int) -> int:
        """Return how many tasks of a pool run at once, on all its hosts."""
        return concurrency * sum(
            pools.get(pool, 0) for pools in self.inventory.pools(APPLICATION).values()
        )

    def workers_on(self, host: str) -> list[str]:
        """Return a pattern for each worker's unit on a host."""
        pools = self.inventory.pools(APPLICATION)[host]
        return [
            f"{names.worker_unit(APPLICATION, pool, slot)}@*"
            for pool, slots in pools.items()
            for slot in range(1, slots + 1)
        ]

    def units(self) -> dict[str, list[str]]:
        """Return host to a pattern for each of the application's units there."""
        found = {host: self.workers_on(host) for host in self.workers}
        groups = self.inventory.groups
        for pattern, hosts in ((WEB, groups["web"]), (RELAY, self.relays), (BEAT, self.beats)):
            for host in hosts:
                found.setdefault(host, []).append(pattern)
        return found

    def units_run(self, first: str = "") -> bool:
        """Whether every unit of the application is ready.

        Asks until one is not, `first` before the others: to ask a host takes the time of two
        processors that the hosts share, and a proof should not weigh upon what it looks at.
        """
        units = self.units()
        return all(
            len(self.running(host, units[host])) == len(units[host])
            for host in sorted(units, key=lambda host: host != first)
        )

    def running(self, host: str, patterns: list[str]) -> list[str]:
        """Return the units on a host that match and are ready."""
        return self._units(host, patterns, "running")

    def finishing(self) -> list[str]:
        """Return the application's units that were told to stop and finish what they have."""
        return [
            unit
            for host, patterns in self.units().items()
            for unit in self._units(host, patterns, "deactivating")
        ]

    def _units(self, host: str, patterns: list[str], state: str) -> list[str]:
        show = ["list-units", "--plain", "--no-legend", f"--state={state}"]
        return [line.split()[0] for line in self.systemctl(host, *show, *patterns).splitlines()]

    def run(self, host: str, *command: str) -> str:
        """Run a command as root on a host; RuntimeError with what it said when it fails."""
        return faults.run(self.lab, host, *command)

    def systemctl(self, host: str, *arguments: str) -> str:
        return self.run(host, "systemctl", *arguments)

    def stop(self) -> None:
        """Stop the application's units; a deploy starts them again."""
        for host, patterns in self.units().items():
            self.systemctl(host, "stop", *patterns)

    def sql(self, query: str) -> list[list[str]]:
        """Return the rows of a query in the ledger's database, as text."""
        psql = ["runuser", "-u", "postgres", "--", "psql", "--no-psqlrc", "--quiet"]
        options = ["--tuples-only", "--no-align", "--field-separator=\t", "--set=ON_ERROR_STOP=1"]
        told = self.run(
            self.database, *psql, *options, f"--dbname={APPLICATION}", "--command", query
        )
        return [line.split("\t") for line in told.splitlines()]

    def broker_listens(self, host: str) -> bool:
        """Whether a node takes clients: not while it starts, and not in a minority."""
        address = (str(self.lab.host(host).address), BROKER_PORT)
        try:
            with socket.create_connection(address, _ANSWER):
                return True
        except OSError:
            return False

    def database_answers(self) -> bool:
        try:
            return self.sql("SELECT 1") == [["1"]]
        except RuntimeError:
            return False
