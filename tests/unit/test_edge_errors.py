"""One row for each mistake in what an inventory says of the edge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from celeriac.derive import document
from celeriac.description.problems import InputError
from celeriac.description.together import load_both
from tests.descriptions import REMOVED, write
from tests.unit.modules.loading import filters

FILE = "inventories/test/hosts.yml"
TLS = f"{FILE}, celeriac_edge_tls"
SITES = f"{FILE}, celeriac_sites"
WAYS = "Write {by: acme, email: …}, {by: files, certificate: …} or {by: upstream, from: [<addresses>]}."
SITE = {"names": ["shop.example.org"], "port": 80, "url": "https://shop.example.org"}
ACME = {"by": "acme", "email": "ops@example.org"}
FILES = {"by": "files", "certificate": "shop.pem"}
RIGHT: dict[str, Any] = {
    "children/edge/hosts/edge1": {"ansible_host": "192.0.2.30"},
    "vars/celeriac_sites/shop": SITE,
    "vars/celeriac_edge_tls": {"shop": ACME},
}


def pem(label: str) -> str:
    """Return how such a file begins; nothing of a key follows."""
    return f"-----BEGIN {label}-----\n"


@pytest.fixture(autouse=True)
def _in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "inventories" / "test"
    folder.mkdir(parents=True)
    (folder / "shop.pem").write_text("-----BEGIN CERTIFICATE-----\nchain\n\n")
    (folder / "shop.key").write_text(pem("EC PRIVATE KEY") + "key\n")
    (folder / "locked.key").write_text(pem("ENCRYPTED PRIVATE KEY") + "key\n")


def problems(environment: str = "test", **changes: Any) -> list[str]:
    write(Path(), hosts={**RIGHT, **changes})
    if environment != "test":
        Path("inventories/test").rename(f"inventories/{environment}")
    try:
        load_both(Path("celeriac.yml"), environment, Path("inventories"))
    except InputError as error:
        return [str(problem) for problem in error.problems]
    return []


def by(way: Any) -> dict[str, Any]:
    return {"vars/celeriac_edge_tls": {"shop": way}}


@pytest.mark.parametrize(
    "way",
    [
        ACME,
        FILES,
        {**FILES, "key": "shop.key", "hsts": True},
        {"by": "upstream", "from": ["192.0.2.7", "2001:db8::/32"], "hsts": False},
    ],
    ids=str,
)
def test_right(way: dict[str, Any]) -> None:
    assert problems(**by(way)) == []


ROWS: list[tuple[dict[str, Any], str]] = [
    (
        {"children/edge": REMOVED},
        f"{TLS}/shop/by: 'acme', and the group 'edge' has no host. "
        "Add a host to it, or write {by: upstream, from: [<addresses of your balancer>]}.",
    ),
    (
        {"children/edge": REMOVED, "vars/celeriac_edge_tls": REMOVED},
        f"{TLS}/shop: missing: people's requests would cross the network unencrypted. {WAYS}",
    ),
    (
        {
            "children/edge": REMOVED,
            "vars/celeriac_sites/shop/url": "http://shop.example.org",
            **by({"by": "upstream", "from": ["192.0.2.7"]}),
        },
        f"{SITES}/shop/url: 'http://shop.example.org', and TLS is by 'upstream'. "
        "Write https://…, or change celeriac_edge_tls.",
    ),
    (
        {"children/edge/hosts/one": {"ansible_host": "192.0.2.31"}, **by(FILES)},
        f"{FILE}, host one: in 'edge' and in 'web', which want the same ports. "
        "Give the edge a host of its own, or leave the group 'edge' out.",
    ),
    (
        {"children/edge/hosts/edge1": {"ansible_host": "edge.example.org"}},
        f"{FILE}, host edge1: the web hosts trust it by its address, and that is not known. "
        "Write its address as ansible_host.",
    ),
    (
        {"vars/celeriac_sites/shop/names": ["Shop.example.org"]},
        f"{SITES}/shop/names: 'Shop.example.org' is not a name for the edge. "
        "Write a host name in lower-case letters, or an IPv4 address.",
    ),
    (
        {
            "vars/celeriac_sites/blog": {**SITE, "url": "https://blog.example.org"},
            "vars/celeriac_edge_tls/blog": ACME,
        },
        f"{SITES}/blog/names: shop.example.org at port 80 is a name of 'shop' too. "
        "Give each its own name or port.",
    ),
    ({"vars/celeriac_edge_tls": ["acme"]}, f"{TLS}: not a mapping. Write {{<application>: {{by: acme, email: …}}}}."),
    (
        {"vars/celeriac_edge_tls": {"shop": ACME, "shpo": ACME}},
        f"{TLS}/shpo: no site of this name. Did you mean 'shop'?",
    ),
    (
        {"vars/celeriac_edge_tls": {}},
        f"{TLS}/shop: missing: people's requests would cross the network unencrypted. {WAYS}",
    ),
    (
        by({"by": "none"}),
        f"{TLS}/shop/by: people's requests would cross the network unencrypted; only the lab may do so. {WAYS}",
    ),
    (by("acme"), f"{TLS}/shop: does not say by whom TLS ends. {WAYS}"),
    (by({"by": "acmee"}), f"{TLS}/shop/by: 'acmee' is no way. Did you mean 'acme'?"),
    (
        by({"by": "files"}),
        f"{TLS}/shop: should have by, certificate, and may have hsts and key. Correct it.",
    ),
    (by({**ACME, "key": "shop.key"}), f"{TLS}/shop: should have by, email, and may have hsts and server. Correct it."),
    (by({**ACME, "hsts": "yes"}), f"{TLS}/shop/hsts: should be true or false. Write true."),
    (
        by({"by": "acme", "email": "ops"}),
        f"{TLS}/shop/email: 'ops' is not a mail address. The authority writes there before it ends.",
    ),
    (
        by({**ACME, "server": "acme.example.org"}),
        f"{TLS}/shop/server: 'acme.example.org' is not the address of an authority's directory. "
        "Write https://…, or leave it out for Let's Encrypt.",
    ),
    (
        by({**FILES, "certificate": "shop.key"}),
        f"{TLS}/shop/certificate: inventories/test/shop.key holds no certificate (PEM). "
        "Name a file beside hosts.yml: the certificate, then those between it and the root.",
    ),
    (
        by({**FILES, "key": "locked.key"}),
        f"{TLS}/shop/key: inventories/test/locked.key holds no key without a password (PEM). "
        "Name such a file, or remove it and put the key into the vault: applications/…/edge.key.",
    ),
    (
        by({"by": "upstream", "from": "192.0.2.7"}),
        f"{TLS}/shop/from: should be a list of addresses. "
        "Write the addresses of what ends TLS: [192.0.2.7, 198.51.100.0/24].",
    ),
    (
        by({"by": "upstream", "from": ["0.0.0.0/0"]}),
        f"{TLS}/shop/from: '0.0.0.0/0' is not an address or a network, or means everybody. "
        "Write 192.0.2.7 or 198.51.100.0/24.",
    ),
    (
        {"vars/celeriac_sites/shop/url": "http://shop.example.org"},
        f"{SITES}/shop/url: 'http://shop.example.org', and TLS is by 'acme'. "
        "Write https://…, or change celeriac_edge_tls.",
    ),
    (
        {"vars/celeriac_sites/shop/port": 443, **by(FILES)},
        f"{SITES}/shop/url: the edge takes plain HTTP at port 443. Write port: 80, and https:// without a port.",
    ),
    ({"vars/celeriac_sites/shop/port": 8080}, f"{SITES}/shop/port: the authority asks at port 80. Write port: 80."),
    (
        {"vars/celeriac_sites/shop/names": ["shop.example.org", "192.0.2.30"]},
        f"{SITES}/shop/names: no public authority signs for '192.0.2.30'. "
        "Leave it out, or bring a certificate: files.",
    ),
    (
        {"children/edge/hosts/edge2": {"ansible_host": "192.0.2.31"}},
        f"{TLS}: acme works with one host in the group 'edge': the authority asks any of them. "
        "Leave one, or bring a certificate: files.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), ROWS, ids=str)
def test_wrong(changes: dict[str, Any], expected: str) -> None:
    assert problems(**changes) == [expected]


@pytest.mark.parametrize("way", [{"by": "none"}, None])
def test_the_lab_alone_may_do_without(way: dict[str, str] | None) -> None:
    plain = {"vars/celeriac_sites/shop/url": "http://shop.example.org"}
    changes = {"vars/celeriac_edge_tls": {"shop": way} if way else {}}
    assert problems("lab", **changes, **plain) == []


def derived(way: dict[str, Any]) -> dict[str, Any]:
    write(Path(), hosts={**RIGHT, **by(way)})
    found = load_both(Path("celeriac.yml"), "test", Path("inventories"))
    return document.build(*found)["celeriac"]


@pytest.mark.parametrize(
    ("way", "given", "secrets"),
    [
        (FILES, ["applications/shop/edge.key"], {"shop": {"edge.key": "from the vault\n"}}),
        ({**FILES, "key": "shop.key"}, [], {}),
        (ACME, [], {}),
    ],
    ids=str,
)
def test_where_a_key_comes_from(
    way: dict[str, Any], given: list[str], secrets: dict[str, dict[str, str]]
) -> None:
    found = derived(way)
    assert found["secrets_given"] == given
    files = filters("celeriac_hosts").edge_certificates(
        found["edge"]["haproxy"]["certificates"], secrets, "inventories/test"
    )
    key = "from the vault" if given else pem("EC PRIVATE KEY") + "key"
    assert files == [
        {
            "path": "/etc/haproxy/celeriac-files/shop.pem",
            "content": f"-----BEGIN CERTIFICATE-----\nchain\n{key}\n",
            "mode": "0600",
        }
    ] * (way["by"] == "files")
