"""Sites and ways of TLS for tests, and the role's templates as Ansible writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
import yaml

from celeriac.derive.document import build
from celeriac.description.inventory import Inventory
from tests.descriptions import describe, inventory

ROLES = Path(__file__).parents[2] / "deploy" / "ansible" / "roles"
NONE = {"by": "none"}
ACME = {"by": "acme", "email": "ops@example.org", "hsts": True}
FILES = {"by": "files", "certificate": "shop.pem"}
UPSTREAM = {"by": "upstream", "from": ["192.0.2.7", "198.51.100.0/24"]}


def site(name: str, url: str = "", port: int = 80) -> dict[str, Any]:
    return {"names": [name], "port": port, "url": url or f"https://{name}"}


SITES = {"shop": site("shop.example.org"), "blog": site("blog.example.org")}


def where(sites: dict[str, Any], tls: dict[str, Any]) -> Inventory:
    found = inventory({}, web=["web-1", "web-2"], edge=["edge-1", "edge-2"])
    for number, host in enumerate(sorted(found.hosts)):
        found.hosts[host]["ansible_host"] = f"192.0.2.{30 + number}"
    variables = {"celeriac_sites": sites, "celeriac_edge_tls": tls}
    return Inventory(found.environment, found.file, found.groups, found.hosts, variables)


def derived(tls: dict[str, Any], sites: dict[str, Any] = SITES, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = build(describe(**changes), where(sites, tls))["celeriac"]
    return found


def render(role: str, template: str, **variables: Any) -> str:
    """Return a template as Ansible writes it, with the role's defaults."""
    loader = jinja2.FileSystemLoader(ROLES / role / "templates")
    environment = jinja2.Environment(  # noqa: S701 (no HTML)
        loader=loader, trim_blocks=True, undefined=jinja2.StrictUndefined
    )
    defaults = yaml.safe_load((ROLES / role / "defaults" / "main.yml").read_text())
    return environment.get_template(template).render({**defaults, **variables})


def haproxy(tls: dict[str, Any], sites: dict[str, Any] = SITES) -> str:
    paths = yaml.safe_load((ROLES / "haproxy" / "vars" / "main.yml").read_text())
    return render(
        "haproxy",
        "haproxy.cfg.j2",
        **paths,
        haproxy_edge=derived(tls, sites)["edge"]["haproxy"],
    )


def section(text: str, name: str) -> list[str]:
    """Return the lines of a section, without comments and indentation."""
    _, _, rest = text.partition(f"\n{name}\n")
    lines = rest.split("\n")
    end = next((i for i, line in enumerate(lines) if line and not line.startswith(" ")), len(lines))
    return [line.strip() for line in lines[:end] if line.strip() and "# " not in line]


def frontend(tls: dict[str, Any], sites: dict[str, Any] = SITES) -> list[str]:
    return section(haproxy(tls, sites), "frontend people")
