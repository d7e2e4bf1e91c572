"""Services that somebody else runs: what the inventory says of them in ``celeriac_external``.

It holds addresses and whom to trust; passwords stand in the environment's vault, where a
person puts them. Docs: docs/external-services.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from celeriac.description.inventory import Inventory
from celeriac.description.problems import Problem, near_miss

# Service to the keys it needs; ``ca`` is optional for each.
KEYS = {
    "broker": ("hosts", "port", "management", "user", "tls"),
    "database": ("host", "port", "user", "tls"),
    "cache": ("host", "port", "user", "tls"),
}
# The certificates that the system trusts, on every host.
SYSTEM = "/etc/ssl/certs/ca-certificates.crt"


def services(inventory: Inventory) -> dict[str, dict[str, Any]]:
    """Return the external services by name: broker, database, cache."""
    return inventory.variables.get("celeriac_external") or {}


def placed(inventory: Inventory) -> dict[str, dict[str, Any]]:
    """Return them as hosts see them: ``ca`` is the file of the authorities there, None without TLS."""
    return {
        name: {
            **described,
            "ca": (authority_file(name) if described.get("ca") else SYSTEM)
            if described["tls"]
            else None,
        }
        for name, described in services(inventory).items()
    }


def authority_file(service: str) -> str:
    """Return where hosts keep the authorities that the inventory names for a service."""
    return f"/etc/celeriac/tls/{service}-ca.crt"


def given_secrets(inventory: Inventory, application: str) -> list[str]:
    """Return what a person must put into the vault, because somebody else has chosen it."""
    found = [
        f"environment/{service}_password"
        for service in ("broker", "database")
        if service in services(inventory)
    ]
    if "cache" in services(inventory):
        found.append(f"applications/{application}/cache.password")
    return found


def to_generate(inventory: Inventory, application: str, names: list[str]) -> list[str]:
    """Return those of an application's secrets that are not given."""
    given = given_secrets(inventory, application)
    return [name for name in names if f"applications/{application}/{name}" not in given]


def check(inventory: Inventory) -> Iterator[Problem]:
    """Find what is wrong with the form of ``celeriac_external``."""
    where = f"{inventory.file}, celeriac_external"
    found = inventory.variables.get("celeriac_external")
    if found is None:
        return
    if not isinstance(found, dict):
        yield Problem(where, "not a mapping", "Write {broker: …, database: …, cache: …}.")
        return
    for name, described in found.items():
        if name not in KEYS:
            what = "no service of this name can be external"
            yield Problem(f"{where}/{name}", what, near_miss(name, KEYS))
            continue
        hosts = inventory.groups.get(name)
        if hosts:
            what = f"the group '{name}' has hosts too: {', '.join(hosts)}"
            yield Problem(f"{where}/{name}", what, "Keep one of them.")
        yield from _service(f"{where}/{name}", name, described, inventory.file.parent)


def _service(where: str, name: str, described: Any, folder: Path) -> Iterator[Problem]:
    keys = KEYS[name]
    if not isinstance(described, dict) or set(described) - {"ca"} != set(keys):
        what = f"should have exactly {', '.join(keys)}, and may have ca"
        yield Problem(where, what, "Correct it.")
        return
    yield from _addresses(where, described)
    if not isinstance(described["user"], str) or not described["user"]:
        yield Problem(f"{where}/user", "should be the name of a user", "Write one.")
    if not isinstance(described["tls"], bool):
        yield Problem(f"{where}/tls", "should be true or false", "Write true.")
    elif "ca" in described:
        yield from _authority(where, described, folder)


def _addresses(where: str, described: dict[str, Any]) -> Iterator[Problem]:
    host, hosts, port = described.get("host"), described.get("hosts"), described["port"]
    if "host" in described and (not isinstance(host, str) or not host):
        yield Problem(f"{where}/host", "should be a host name or an address", "Write one.")
    if "hosts" in described and (
        not isinstance(hosts, list) or not hosts or not all(isinstance(h, str) for h in hosts)
    ):
        yield Problem(f"{where}/hosts", "should be a list of host names", "Write [mq.example.org].")
    if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
        yield Problem(f"{where}/port", f"{port!r} is not a port", "Write a number up to 65535.")
    url = described.get("management")
    schemes = ("https://",) if described["tls"] is True else ("https://", "http://")
    if "management" in described and not (isinstance(url, str) and url.startswith(schemes)):
        what = f"{url!r} is not the URL of a management API"
        what += " with TLS" if len(schemes) == 1 else ""
        yield Problem(f"{where}/management", what, "Write https://mq.example.org:15671.")


def _authority(where: str, described: dict[str, Any], folder: Path) -> Iterator[Problem]:
    if not described["tls"]:
        yield Problem(f"{where}/ca", "means nothing without tls", "Write tls: true, or remove it.")
        return
    file = folder / str(described["ca"])
    try:
        certificates = "-----BEGIN CERTIFICATE-----" in file.read_text()
    except (OSError, UnicodeDecodeError):
        certificates = False
    if not certificates:
        what = f"{file} holds no certificate (PEM)"
        remedy = "Name a file beside hosts.yml, or remove ca where public authorities signed."
        yield Problem(f"{where}/ca", what, remedy)
