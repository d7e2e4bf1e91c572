"""What HAProxy serves, and what is derived for it."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.derive import edge
from celeriac.derive.document import build
from tests.artefacts.edges import (
    ACME,
    FILES,
    NONE,
    SITES,
    UPSTREAM,
    derived,
    frontend,
    haproxy,
    section,
    site,
)
from tests.descriptions import describe, inventory


def test_without_the_group_nothing_is_derived() -> None:
    assert edge.build("shop", inventory({}, web=["web-1"])) is None
    assert build(describe(), inventory({}, web=["web-1"]))["celeriac"]["edge"] is None


def test_what_nginx_must_know() -> None:
    found = derived({"shop": ACME, "blog": FILES})["edge"]
    assert {key: value for key, value in found.items() if key != "haproxy"} == {
        "hosts": ["edge-1", "edge-2"],
        "trusted": ["192.0.2.30", "192.0.2.31"],
        "port": 8443,
        "health_name": "shop.edge.internal",
        "site_name": "shop.site.internal",
        "direct": False,
    }


def test_one_site_of_the_lab() -> None:
    sites = {"shop": site("shop.lab", "http://shop.lab")}
    assert frontend({"shop": NONE}, sites) == [
        "bind :80",
        "bind :::80 v6only",
        "http-request set-var(txn.name) req.hdr(host),host_only,lower",
        "http-request set-var(txn.port) dst_port",
        "http-request set-var(txn.place) var(txn.name),concat(:,txn.port)",
        "http-request set-var(txn.secure) bool(true) if { ssl_fc }",
        "acl site_shop var(txn.place) -m str shop.lab:80",
        "http-request set-header X-Forwarded-For %[src]",
        "http-request set-header X-Forwarded-Proto https if { var(txn.secure) -m bool }",
        "http-request set-header X-Forwarded-Proto http unless { var(txn.secure) -m bool }",
        "http-request del-header Forwarded",
        "http-request set-header X-Forwarded-Host %[req.hdr(host)]",
        "http-request del-header X-Forwarded-Port",
        "http-request del-header X-Forwarded-Server",
        "http-request del-header X-Real-IP",
        "use_backend shop if site_shop",
        "default_backend unknown-names",
    ]


@pytest.mark.parametrize(
    ("tls", "lines", "absent"),
    [
        (
            {"shop": ACME, "blog": FILES},
            [
                "bind :443 ssl crt /etc/haproxy/celeriac-files/ crt /etc/haproxy/celeriac-acme/ strict-sni "
                "alpn h2,http/1.1",
                "acl site_shop var(txn.place) -m str shop.example.org:443",
                "acl plain_shop var(txn.place) -m str shop.example.org:80",
                "http-request redirect prefix https://%[var(txn.name)] code 301 if plain_shop "
                "!{ var(txn.secure) -m bool } !question_shop",
                "http-request redirect prefix https://%[var(txn.name)] code 301 if plain_blog "
                "!{ var(txn.secure) -m bool }",
                "http-response set-header Strict-Transport-Security max-age=31536000 if site_shop "
                "{ var(txn.secure) -m bool }",
                "use_backend acme-questions if plain_shop question_shop",
            ],
            ["upstream", "if plain_blog question", "site_blog { var"],
        ),
        (
            {"shop": UPSTREAM, "blog": {**FILES, "hsts": True}},
            [
                "acl upstream_shop src 192.0.2.7",
                "acl upstream_shop src 198.51.100.0/24",
                "http-request set-var(txn.upstream) bool(true) if site_shop upstream_shop",
                "http-request set-var(txn.secure) bool(true) if { var(txn.upstream) -m bool } "
                "{ req.hdr(X-Forwarded-Proto) -m str https }",
                "http-request set-src req.hdr_ip(X-Forwarded-For,-1) if { var(txn.upstream) -m bool }",
                "acl site_shop var(txn.place) -m str shop.example.org:80",
                "acl plain_shop var(txn.place) -m str shop.example.org:80",
            ],
            ["acme-questions", "upstream_blog", "site_shop { var"],
        ),
    ],
)  # fmt: skip
def test_ways_of_tls(tls: dict[str, Any], lines: list[str], absent: list[str]) -> None:
    found = frontend(tls)
    assert [line for line in lines if line not in found] == []
    assert [text for text in absent if any(text in line for line in found)] == []


def test_what_a_stranger_claims_is_dropped_after_it_was_looked_at() -> None:
    found = frontend({"shop": UPSTREAM, "blog": FILES})
    order = [
        next(number for number, line in enumerate(found) if text in line)
        for text in ("req.hdr(X-Forwarded-Proto)", "set-src", "redirect", "set-header X-Forwarded-For")
    ]  # fmt: skip
    assert order == sorted(order)


def test_a_port_of_its_own_for_tls() -> None:
    sites = {"shop": site("shop.example.org", "https://shop.example.org:4443", 8080)}
    found = frontend({"shop": FILES}, sites)
    assert found[0] == "bind :8080"
    assert found[2].startswith("bind :4443 ssl ")
    assert "acl site_shop var(txn.place) -m str shop.example.org:4443" in found
    (redirect,) = [line for line in found if " redirect " in line]
    assert "prefix https://%[var(txn.name)]:4443 code 301" in redirect


def test_the_backend_of_each_application() -> None:
    text = haproxy({"shop": ACME, "blog": FILES})
    assert section(text, "backend blog") == [
        "balance leastconn",
        "http-request set-header Host blog.site.internal",
        "option httpchk",
        "http-check send meth GET uri / ver HTTP/1.1 hdr Host blog.edge.internal",
        'http-check expect hdr name "celeriac-health" value "well"',
        "default-server check inter 2s fall 3 rise 2 maxconn 200 ssl verify required "
        "ca-file /etc/celeriac/tls/ca.crt",
        "server web-1 192.0.2.32:8443 verifyhost web-1",
        "server web-2 192.0.2.33:8443 verifyhost web-2",
    ]
    assert section(text, "backend acme-questions") == ["server certbot 127.0.0.1:8402"]


def test_a_request_that_was_sent_is_not_sent_again() -> None:
    found = section(haproxy({"shop": ACME, "blog": FILES}), "defaults")
    assert "retry-on conn-failure" in found
    assert "option redispatch 1" in found
    assert {"option http-server-close", "http-reuse never"} <= {*found}
    assert [line for line in found if line.startswith("timeout")] == [
        "timeout connect 2s",
        "timeout queue 10s",
        "timeout client 30s",
        "timeout server 35s",
        "timeout http-request 10s",
        "timeout http-keep-alive 15s",
        "timeout check 6s",
    ]


def test_other_names_and_authorities_make_another_certificate() -> None:
    def name(names: list[str], **way: str) -> str:
        sites = {"shop": {**SITES["shop"], "names": names}}
        (found,) = derived({"shop": {**ACME, **way}}, sites)["edge"]["haproxy"]["acme"]
        assert (found["names"], found["server"]) == (names, way.get("server"))
        return str(found["name"])

    assert name(["a.example.org"]) == name(["a.example.org"]) != name(["b.example.org"])
    assert name(["a.example.org"]).startswith("shop-")
    staging = "https://staging.example.org/directory"
    assert name(["a.example.org"]) != name(["a.example.org"], server=staging)
