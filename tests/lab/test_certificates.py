"""The environment's authority is replaced while people register: nobody notices."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from celeriac.environments import Environment
from deploy.lab import faults
from tests.deployed import ROOT, Deployed
from tests.lab.people import registrations

SSL_REQUEST = (8).to_bytes(4) + (80877103).to_bytes(4)  # PostgreSQL's, before TLS begins
SERVICES = {"broker": 5671, "database": 5432, "cache": 6379}
UNITS = {
    "broker": "rabbitmq-server.service",
    "database": "postgresql@17-main.service",
    "cache": "redis-server.service",
}
CUT_OFF = "relay2"


def celeriac(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "celeriac", "certificates", *arguments]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )


def issuers(deployed: Deployed, authorities: Path) -> dict[str, str]:
    """Who has signed what each service shows; each must be trusted by the file and bear its name."""
    context = ssl.create_default_context(cafile=str(authorities))
    found = {}
    for service, port in SERVICES.items():
        for host in deployed.inventory.groups[service]:
            address = (deployed.inventory.hosts[host]["ansible_host"], port)
            with socket.create_connection(address, timeout=5) as plain:
                if service == "database":
                    plain.sendall(SSL_REQUEST)
                    assert plain.recv(1) == b"S"
                with context.wrap_socket(plain, server_hostname=host) as encrypted:
                    shown = encrypted.getpeercert()
            assert shown is not None
            issuer = dict(pair for part in shown["issuer"] for pair in part)
            found[f"{host} {service}"] = issuer["commonName"]
    return found


def processes(deployed: Deployed) -> dict[str, str]:
    """The main process of each service."""
    return {
        f"{host} {unit}": faults.run(
            deployed.lab, host, "systemctl", "show", "--property=MainPID", unit
        )
        for service, unit in UNITS.items()
        for host in deployed.inventory.groups[service]
    }


@pytest.fixture
def authorities(deployed: Deployed, tmp_path: Path) -> Path:
    """The file of authorities as the hosts have it; written anew by `learn`."""
    return learn(deployed, tmp_path / "ca.crt")


def learn(deployed: Deployed, file: Path) -> Path:
    file.write_text(faults.run(deployed.lab, "web1", "cat", "/etc/celeriac/tls/ca.crt"))
    return file


def held(deployed: Deployed) -> dict[str, str]:
    return Environment("lab", deployed.lab.folder.parent).vault.environment_secrets()


def test_the_authority_is_replaced_while_tasks_flow(deployed: Deployed, authorities: Path) -> None:
    before, running = issuers(deployed, authorities), processes(deployed)
    with registrations(deployed) as people:
        # A host that is away stops it in the first phase; both are valid meanwhile.
        with faults.cut_off(deployed.lab, CUT_OFF):
            stopped = celeriac("rotate", "--authority", "-y")
        assert stopped.returncode == 3, stopped.stdout
        assert f"{CUT_OFF} cannot be reached over SSH" in stopped.stdout
        assert "it goes on where it stopped" in stopped.stderr
        assert issuers(deployed, authorities) == before
        begun = held(deployed)["ca_next_certificate"]

        went_on = celeriac("rotate", "--authority", "-y")
        assert went_on.returncode == 0, went_on.stdout + went_on.stderr

    assert held(deployed)["ca_certificate"] == begun
    assert {"ca_next_certificate", "ca_next_key", "ca_previous_certificate"}.isdisjoint(
        held(deployed)
    )
    for host in deployed.inventory.hosts:
        assert faults.run(deployed.lab, host, "cat", "/etc/celeriac/tls/ca.crt") == begun
    after = issuers(deployed, learn(deployed, authorities))
    assert len(set(after.values())) == 1
    assert set(after.values()).isdisjoint(before.values())
    assert processes(deployed) == running  # nobody was restarted

    # A machine that is busy with the rotation itself may keep somebody waiting for too long.
    assert len(people.accepted) > 20
    assert len(people.refused) <= len(people.accepted) // 20, people.refused
    for visitor, account in people.accepted:
        assert visitor.finished(account.task)["state"] == "SUCCESS"


def test_they_are_listed(deployed: Deployed) -> None:
    shown = celeriac("show")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    listed = [line.split()[:3] for line in shown.stdout.splitlines()[1:]]
    names = {"broker": "rabbitmq", "database": "postgresql", "cache": "redis", "web": "web"}
    assert {(host, service) for host, service, _ in listed} == {
        (host, names[group]) for group in names for host in deployed.inventory.groups[group]
    }
    assert all(30 < int(days) <= 397 for _, _, days in listed)
    some = celeriac("show", "--hosts", "database")
    asked = {line.split()[0] for line in some.stdout.splitlines()[1:]}
    assert asked == set(deployed.inventory.groups["database"])
