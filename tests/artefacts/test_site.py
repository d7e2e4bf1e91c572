"""nginx's site on a web host: behind an edge, behind somebody else's balancer, alone."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.derive import edge
from celeriac.derive.document import build
from celeriac.description.inventory import Inventory
from tests.artefacts.edges import (
    ACME,
    FILES,
    NONE,
    SITES,
    UPSTREAM,
    derived,
    render,
    site,
)
from tests.descriptions import describe, inventory


def nginx(document: dict[str, Any]) -> str:
    return render(
        "web",
        "site.conf.j2",
        celeriac=document,
        web_release="20261122T091200-3f0c9a7be1",
        __web_socket="/run/web-shop/now/gunicorn.sock",
        __web_certificate="/etc/celeriac/tls/web",
        __web_maintenance="/var/lib/celeriac/shop/maintenance.html",
    )


def without_edge(**variables: Any) -> str:
    found = inventory({}, web=["web-1"])
    known = {"celeriac_sites": SITES, **variables}
    place = Inventory(found.environment, found.file, found.groups, found.hosts, known)
    return nginx(build(describe(), place)["celeriac"])


def test_nginx_without_an_edge_answers_people_itself() -> None:
    text = without_edge()
    assert "    listen 80;\n" in text
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert not any(
        word in text for word in ("ssl", "realip", "real_ip", "geo", "health_", "Health")
    )


def test_nginx_without_an_edge_answers_what_ends_tls_and_nobody_else() -> None:
    text = without_edge(celeriac_edge_tls={"shop": UPSTREAM})
    for line in (
        "192.0.2.7 2;",
        "198.51.100.0/24 2;",
        "set_real_ip_from 198.51.100.0/24;",
        "if ($balancer_shop = 0) {",
        "proxy_set_header X-Forwarded-Proto $scheme_shop;",
    ):
        assert line in text
    assert "$edge_shop" not in text


def test_nginx_behind_an_edge_believes_nobody_else() -> None:
    changes = {"web__health": {"path": "/ok", "codes": [200, 204], "host": "inside"}}
    text = nginx(derived({"shop": ACME, "blog": FILES}, **changes))
    assert "listen 80;" not in text
    assert text.count("listen 8443 ssl;") == 2
    assert text.count("if ($edge_shop = 0) {\n        return 403;") == 2
    for address in ("192.0.2.30", "192.0.2.31"):
        assert f"    {address} 1;\n" in text
        assert f"    set_real_ip_from {address};\n" in text
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert "proxy_set_header X-Forwarded-Proto $scheme_shop;" in text
    assert "$proxy_add_x_forwarded_for" not in text
    assert "server_name shop.edge.internal;" in text
    assert "server_name shop.example.org shop.site.internal;" in text
    assert "    1:shop.site.internal $http_x_forwarded_host;\n" in text
    assert 'proxy_pass "http://shop/ok";' in text
    assert "proxy_set_header Host inside;" in text
    assert "    default ill;\n    200 well;\n    204 well;\n" in text
    assert text.count("{") == text.count("}")


def test_a_long_name_is_none_too_long_for_nginx() -> None:
    longest = "a" * 31
    for name in (
        edge.health_name(longest),
        edge.site_name(longest),
        f"health_{longest}",
        f"scheme_{longest}",
    ):
        assert len(name) <= 46


def test_nginx_in_the_lab_may_be_asked_itself_too() -> None:
    sites = {"shop": site("shop.lab", "http://shop.lab")}
    text = nginx(derived({"shop": NONE}, sites))
    assert "    listen 80;\n" in text
    assert text.count("if ($edge_shop = 0)") == 1  # only where the edge asks for health


@pytest.mark.parametrize("static", [True, False])
def test_static_files_of_other_releases_are_found(static: bool) -> None:
    text = nginx(derived({"shop": ACME, "blog": FILES}, django__static=static))
    line = "try_files /releases/20261122T091200-3f0c9a7be1$uri $uri =404;"
    assert (line in text, "root /srv/shop;" in text) == (static, static)
