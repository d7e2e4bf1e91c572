"""An application whose broker and database belong to somebody else: here, the lab's own."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from celeriac.environments import Environment
from deploy.lab import faults
from tests.deployed import MINIMAL, Deployed, Said, make
from tests.lab.minimal import hello

APPLICATION, PORT = "elsewhere", 8095
PROXY = Path(__file__).with_name("management_proxy.py")
RULES = "/etc/postgresql/17/main/celeriac_hba.d/outside.conf"
HOSTS = ("build1", "web1", "worker1")
# Nothing of it is left on a host; the lab is used by other tests.
FORGET = f"""
systemctl stop '*-{APPLICATION}-*@*' '*-{APPLICATION}@*'
rm -rf /etc/systemd/system/*-{APPLICATION}[-@]* /etc/systemd/system/*/*-{APPLICATION}[-@]*
rm -rf /etc/nginx/sites-*/{APPLICATION} /etc/celeriac/{APPLICATION} /srv/{APPLICATION} /var/lib/celeriac/{APPLICATION}
systemctl daemon-reload
! systemctl is-active --quiet nginx || systemctl reload nginx
"""


@dataclass(frozen=True)
class Outside:
    """An environment that has hosts for the application alone, and the application."""

    inventories: Path
    description: Path

    def make(self, target: str) -> Said:
        place = ("ENV=outside", f"INVENTORIES={self.inventories}")
        return make(target, f"APP={self.description}", *place)


def sql(deployed: Deployed, *statements: str) -> None:
    for statement in statements:
        command = f'psql --quiet --set=ON_ERROR_STOP=1 --command="{statement}"'
        faults.run(deployed.lab, "db1", "su", "postgres", "-c", command)


def inventory(deployed: Deployed) -> dict[str, object]:
    address = {
        host: deployed.inventory.hosts[host]["ansible_host"] for host in deployed.inventory.hosts
    }
    hosts = {host: {"ansible_host": address[host]} for host in HOSTS}
    # This machine plays the balancer that ends TLS in front of web1.
    with socket.create_connection((address["web1"], 22), timeout=10) as connection:
        balancer = connection.getsockname()[0]
    site = {"names": [address["web1"]], "port": PORT, "url": f"https://{address['web1']}"}
    # The hosts are the lab's, and are to stay so.
    variables = {
        "ansible_user": "debian",
        "base_hosts_file": False,
        "celeriac_sites": {APPLICATION: site},
        "celeriac_edge_tls": {APPLICATION: {"by": "upstream", "from": [balancer]}},
    }
    variables["celeriac_external"] = {
        "broker": {
            "hosts": deployed.inventory.groups["broker"],
            "port": 5671,
            "management": f"https://{deployed.inventory.groups['broker'][0]}:15671",
            "user": "admin",
            "tls": True,
            "ca": "provider.pem",
        },
        "database": {"host": "db1", "port": 5432, "user": "outsider", "tls": True, "ca": "provider.pem"},
    }  # fmt: skip
    pools = {"celeriac_pools": {APPLICATION: {"mail": 1}}}
    groups = {
        "build": {"hosts": {"build1": hosts["build1"]}},
        "web": {"hosts": {"web1": hosts["web1"]}},
        "workers": {"hosts": {"worker1": {**hosts["worker1"], **pools}}},
    }
    return {"all": {"vars": variables, "children": groups}}


@pytest.fixture(scope="module")
def outside(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    root = tmp_path_factory.mktemp("outside")
    application = root / "application"
    shutil.copytree(MINIMAL, application, ignore=shutil.ignore_patterns("__pycache__"))
    description = application / "celeriac.yml"
    description.write_text(
        description.read_text().replace("application: minimal", f"application: {APPLICATION}")
    )

    folder = root / "inventories" / "outside"
    (folder / "group_vars" / "all").mkdir(parents=True)
    (folder / "hosts.yml").write_text(json.dumps(inventory(deployed)))
    shutil.copy(deployed.lab.known_hosts, folder)
    settings = (deployed.lab.folder / "group_vars/all/main.yml").read_text()
    relative = "{{ inventory_dir }}/../../../../.celeriac/lab"
    (folder / "group_vars/all/main.yml").write_text(
        settings.replace(relative, str(deployed.lab.state))
    )
    yield Outside(folder.parent, description)

    faults.run(deployed.lab, "db1", "rm", "--force", RULES)
    faults.run(deployed.lab, "broker1", "systemctl", "stop", "management-proxy")
    for host in HOSTS:
        faults.run(deployed.lab, host, "sh", "-c", FORGET)


@pytest.fixture(scope="module")
def provided(deployed: Deployed, outside: Outside) -> None:
    """What a provider does: an administrator, rules for who may come, a management API over TLS."""
    lab = Environment("lab", deployed.lab.folder.parent).vault.environment_secrets()
    own = Environment("outside", outside.inventories)
    password = secrets.token_urlsafe(16)
    # The same authority, because the hosts are the lab's too.
    same = {name: lab[name] for name in ("ca_key", "ca_certificate")}
    given = {"broker_password": lab["rabbitmq_admin_password"], "database_password": password}
    own.vault.replace_environment_secrets({**own.vault.environment_secrets(), **same, **given})
    (own.folder / "provider.pem").write_text(lab["ca_certificate"])

    sql(
        deployed,
        "DROP DATABASE IF EXISTS elsewhere",
        "DROP ROLE IF EXISTS elsewhere",
        "DROP ROLE IF EXISTS outsider",
        f"CREATE ROLE outsider LOGIN CREATEROLE CREATEDB PASSWORD '{password}'",
    )
    rules = f"hostssl all outsider,{APPLICATION} samenet scram-sha-256"
    faults.run(deployed.lab, "db1", "sh", "-c", f"echo '{rules}' > {RULES}; chmod 644 {RULES}")
    sql(deployed, "SELECT pg_reload_conf()")
    run = ["systemd-run", "--unit=management-proxy", "--quiet", "python3", "-c", PROXY.read_text()]
    faults.run(deployed.lab, "broker1", *run, deployed.inventory.hosts["broker1"]["ansible_host"])


def test_the_passwords_of_others_are_asked_for(outside: Outside) -> None:
    (outside.inventories / "outside" / "provider.pem").write_text("-----BEGIN CERTIFICATE-----")
    made = outside.make("secrets")
    assert made.code == 0, made.text
    assert "environment/broker_password is missing: an external service has it." in made.text
    said = outside.make("deploy-only")
    assert said.code != 0
    assert "the secret environment/database_password is missing" in said.text
    assert "Prepare every host" not in said.text


@pytest.mark.usefixtures("provided")
def test_a_password_that_is_wrong_is_told(outside: Outside) -> None:
    vault = Environment("outside", outside.inventories).vault
    right = vault.environment_secrets()
    vault.replace_environment_secrets({**right, "database_password": "wrong"})
    said = outside.make("deploy-only")
    vault.replace_environment_secrets(right)
    assert said.code != 0
    assert 'password authentication failed for user "outsider"' in said.text
    assert "environment/database_password in the vault" in said.text


@pytest.mark.usefixtures("provided")
def test_it_runs_with_them(deployed: Deployed, outside: Outside) -> None:
    said = outside.make("deploy-only")
    assert said.code == 0, said.text
    url = f"http://{deployed.inventory.hosts['web1']['ansible_host']}:{PORT}"
    assert hello(deployed, url)["result"] == "Hello from worker1"
    stranger = f"import urllib.request; urllib.request.urlopen('{url}/hello/', timeout=10)"
    with pytest.raises(RuntimeError, match="HTTP Error 403"):
        faults.run(deployed.lab, "worker1", "python3", "-c", stranger)
    again = outside.make("deploy-only")
    assert again.code == 0, again.text
    assert again.changes == {}
