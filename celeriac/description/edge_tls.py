"""How TLS ends for a site behind the edge: the form of ``celeriac_edge_tls``.

celeriac_edge_tls:
  shop: {by: files, certificate: tls/shop.pem, key: tls/shop.key, hsts: true}
  blog: {by: acme, email: ops@example.org}
  wiki: {by: upstream, from: [192.0.2.0/24]}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from celeriac.description.problems import Problem, near_miss

VARIABLE = "celeriac_edge_tls"
# What each way needs, and may have beside it.
NEEDS = {"files": {"certificate"}, "acme": {"email"}, "upstream": {"from"}, "none": set[str]()}
OPTIONAL = {
    "files": {"hsts", "key"},
    "acme": {"hsts", "server"},
    "upstream": {"hsts"},
    "none": set[str](),
}
# Where the edge itself ends TLS.
HERE = frozenset({"files", "acme"})
REMEDY = "Write {by: acme, email: …}, {by: files, certificate: …} or {by: upstream, from: [<addresses>]}."
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_KEY = re.compile(r"-----BEGIN ((EC|RSA) )?PRIVATE KEY-----")


def key_secret(application: str) -> str:
    """Where the vault has the key of a certificate whose entry names no file for it."""
    return f"applications/{application}/edge.key"


def check(where: str, found: Any, environment: str, folder: Path) -> Iterator[Problem]:
    """Find what is wrong with one site's entry; files are looked for in ``folder``."""
    if not isinstance(found, dict) or "by" not in found:
        yield Problem(where, "does not say by whom TLS ends", REMEDY)
        return
    by = found["by"]
    if by not in NEEDS:
        yield Problem(f"{where}/by", f"{by!r} is no way", near_miss(str(by), NEEDS))
        return
    if by == "none" and environment != "lab":
        what = "people's requests would cross the network unencrypted; only the lab may do so"
        yield Problem(f"{where}/by", what, REMEDY)
        return
    optional = OPTIONAL[by]
    needed = {"by", *NEEDS[by]}
    if not needed <= found.keys() <= needed | optional:
        may = f", and may have {' and '.join(sorted(optional))}" if optional else ""
        yield Problem(where, f"should have {', '.join(sorted(needed))}{may}", "Correct it.")
        return
    if not isinstance(found.get("hsts", False), bool):
        yield Problem(f"{where}/hsts", "should be true or false", "Write true.")
    yield from _VALUES[by](where, found, folder)


def _files(where: str, found: dict[str, Any], folder: Path) -> Iterator[Problem]:
    if "-----BEGIN CERTIFICATE-----" not in _text(folder, found["certificate"]):
        what = f"{folder / str(found['certificate'])} holds no certificate (PEM)"
        remedy = (
            "Name a file beside hosts.yml: the certificate, then those between it and the root."
        )
        yield Problem(f"{where}/certificate", what, remedy)
    if "key" in found and not _KEY.search(_text(folder, found["key"])):
        what = f"{folder / str(found['key'])} holds no key without a password (PEM)"
        remedy = (
            f"Name such a file, or remove it and put the key into the vault: {key_secret('…')}."
        )
        yield Problem(f"{where}/key", what, remedy)


def _acme(where: str, found: dict[str, Any], folder: Path) -> Iterator[Problem]:
    if not isinstance(found["email"], str) or not _EMAIL.fullmatch(found["email"]):
        what = f"{found['email']!r} is not a mail address"
        yield Problem(f"{where}/email", what, "The authority writes there before it ends.")
    server = found.get("server", "https://")
    if not isinstance(server, str) or not server.startswith("https://"):
        what = f"{server!r} is not the address of an authority's directory"
        yield Problem(
            f"{where}/server", what, "Write https://…, or leave it out for Let's Encrypt."
        )


def _upstream(where: str, found: dict[str, Any], folder: Path) -> Iterator[Problem]:
    listed = found["from"]
    if not isinstance(listed, list) or not listed:
        remedy = "Write the addresses of what ends TLS: [192.0.2.7, 198.51.100.0/24]."
        yield Problem(f"{where}/from", "should be a list of addresses", remedy)
        return
    for entry in listed:
        try:
            if ip_network(str(entry)).prefixlen > 0:
                continue
        except ValueError:
            pass
        what = f"{entry!r} is not an address or a network, or means everybody"
        yield Problem(f"{where}/from", what, "Write 192.0.2.7 or 198.51.100.0/24.")


def _none(where: str, found: dict[str, Any], folder: Path) -> Iterator[Problem]:
    yield from ()


_VALUES = {"files": _files, "acme": _acme, "upstream": _upstream, "none": _none}


def _text(folder: Path, name: Any) -> str:
    try:
        return (folder / str(name)).read_text()
    except (OSError, UnicodeDecodeError):
        return ""
