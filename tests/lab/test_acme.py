"""A certificate that an authority issues: asked for, renewed, refused and forgotten. The authority is Pebble,
Let's Encrypt's own for tests, on a host of the lab; it asks the edge as Let's Encrypt would.
"""

from __future__ import annotations

import json
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from socket import create_connection
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.x509.oid import NameOID

from demo.main_job import wait
from deploy.lab import faults
from tests.deployed import MINIMAL, ROOT, Deployed

EDGE, AUTHORITY, NAME = "edge1", "mail1", "minimal.lab.test"
SERVER = f"https://{AUTHORITY}:14000/dir"
FILE = MINIMAL / "celeriac.yml"
UNIT = "celeriac-acme-test"
FOLDER = f"/run/{UNIT}"
SETTINGS = {
    "pebble": {
        "listenAddress": "0.0.0.0:14000",
        "managementListenAddress": "127.0.0.1:15000",
        "certificate": f"{FOLDER}/certificate.pem",
        "privateKey": f"{FOLDER}/key.pem",
        "httpPort": 80,
        "tlsPort": 443,
    }
}
START = f"""
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq && apt-get install -qq --no-install-recommends pebble openssl >/dev/null
mkdir -p {FOLDER} && cd {FOLDER}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN={AUTHORITY} \
    -addext subjectAltName=DNS:{AUTHORITY} -keyout key.pem -out certificate.pem 2>/dev/null
cat > settings.json
systemd-run --quiet --unit={UNIT} --setenv=PEBBLE_VA_NOSLEEP=1 pebble -config {FOLDER}/settings.json
cat certificate.pem
"""


@pytest.fixture(scope="module")
def authority(deployed: Deployed) -> Iterator[str]:
    """The certificate of an authority that finds the edge under `NAME`, and no other name."""
    address = deployed.inventory.hosts[EDGE]["ansible_host"]
    # An authority that starts anew knows no account of before.
    accounts = f"/etc/letsencrypt/accounts/{AUTHORITY}:14000"
    faults.run(deployed.lab, EDGE, "rm", "-rf", accounts)
    write = f"cp /etc/hosts /etc/hosts.before && echo '{address} {NAME}' >> /etc/hosts"
    faults.run(deployed.lab, AUTHORITY, "sh", "-c", write)
    start = START.replace(
        "cat > settings.json", f"cat > settings.json <<'END'\n{json.dumps(SETTINGS)}\nEND"
    )
    yield faults.run(deployed.lab, AUTHORITY, "sh", "-c", start)
    faults.run(deployed.lab, AUTHORITY, "systemctl", "stop", UNIT)
    faults.run(deployed.lab, AUTHORITY, "sh", "-c", "cat /etc/hosts.before > /etc/hosts")
    faults.run(deployed.lab, AUTHORITY, "rm", "-r", FOLDER, "/etc/hosts.before")


@pytest.fixture(scope="module")
def site(deployed: Deployed, authority: str, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The lab's inventory, with the second application behind a certificate of that authority."""
    return Site(deployed, authority, tmp_path_factory.mktemp("acme"))


class Site:
    def __init__(self, deployed: Deployed, authority: str, folder: Path) -> None:
        self._folder = folder / "inventories" / "lab"
        shutil.copytree(deployed.lab.folder, self._folder)
        settings = self._folder / "group_vars" / "all" / "main.yml"
        relative = "{{ inventory_dir }}/../../../../.celeriac/lab"
        settings.write_text(settings.read_text().replace(relative, str(deployed.lab.state)))
        (self._folder / "authority.crt").write_text(authority)

    def provision(self, *names: str) -> subprocess.CompletedProcess[str]:
        """Set up the edge for a site of these names, as a person does who changed the inventory."""
        file = self._folder / "hosts.yml"
        inventory: dict[str, Any] = yaml.safe_load(file.read_text())
        everywhere = inventory["all"]["vars"]
        everywhere["celeriac_sites"]["minimal"] = {
            "names": list(names),
            "port": 80,
            "url": f"https://{names[0]}",
        }
        way = {"by": "acme", "email": "ops@lab.test", "server": SERVER}
        everywhere["celeriac_edge_tls"] = {"minimal": way}
        edge = inventory["all"]["children"]["edge"]["hosts"][EDGE]
        edge["base_ca_certificates"] = [str(self._folder / "authority.crt")]
        file.write_text(yaml.safe_dump(inventory))
        return provision("--inventories", str(self._folder.parent))


def provision(*words: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "celeriac",
        "provision",
        "--file",
        str(FILE),
        "--roles",
        "haproxy",
    ]
    return subprocess.run(
        [*command, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )


def shown(deployed: Deployed) -> x509.Certificate | None:
    """The certificate that the edge shows people who ask for `NAME`; none without one."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    address = deployed.inventory.hosts[EDGE]["ansible_host"]
    try:
        with (
            create_connection((address, 443), timeout=5) as connection,
            context.wrap_socket(connection, server_hostname=NAME) as secured,
        ):
            found = secured.getpeercert(binary_form=True)
    except OSError:
        return None
    return x509.load_der_x509_certificate(found) if found else None


def issuer(certificate: x509.Certificate) -> str:
    (name,) = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(name.value)


def test_it_is_issued_and_renewed(deployed: Deployed, site: Site) -> None:
    said = site.provision(NAME)
    assert said.returncode == 0, said.stdout
    first = shown(deployed)
    assert first is not None
    assert issuer(first).startswith("Pebble Intermediate CA")

    again = site.provision(NAME)
    assert "changed" not in again.stdout
    faults.run(
        deployed.lab, EDGE, "certbot", "renew", "--force-renewal", "--no-random-sleep-on-renew"
    )

    def renewed() -> bool:
        found = shown(deployed)
        return found is not None and found.serial_number != first.serial_number

    assert wait(renewed, 20, "the renewed certificate")


def test_an_authority_that_refuses(deployed: Deployed, site: Site) -> None:
    before = shown(deployed)
    said = site.provision(NAME, "elsewhere.lab.test")
    assert said.returncode == 3
    assert f"No certificate for {NAME}, elsewhere.lab.test:" in said.stdout
    assert re.search(r"Domain: +elsewhere\.lab\.test", said.stdout)
    # The names have changed, and what serves one of them goes on.
    assert before is not None
    assert shown(deployed) == before


def test_a_site_that_leaves_is_forgotten(deployed: Deployed, site: Site) -> None:
    assert shown(deployed)
    said = provision()
    assert said.returncode == 0, said.stdout
    assert shown(deployed) is None
    assert "No certificates found" in faults.run(deployed.lab, EDGE, "certbot", "certificates")
