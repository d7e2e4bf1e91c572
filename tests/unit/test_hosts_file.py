"""The names that a host's /etc/hosts knows."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest
from ansible.plugins.test.core import match

TEMPLATE = Path(__file__).parents[2] / "deploy/ansible/roles/base/templates/hosts.j2"


@pytest.mark.parametrize(
    ("name", "address", "line"),
    [
        ("web1", "192.0.2.1", "192.0.2.1 web1"),
        ("web1", "2001:db8::1", "2001:db8::1 web1"),
        ("web1", "::ffff:192.0.2.1", "::ffff:192.0.2.1 web1"),
        ("broker1.example.org", "192.0.2.1", "192.0.2.1 broker1.example.org broker1"),
        ("cafe", "192.0.2.1", "192.0.2.1 cafe"),
        # Names are the resolver's, also those that are hexadecimal.
        ("web1", "web1.example.org", ""),
        ("web1", None, ""),
        ("db", None, ""),
        ("cafe", None, ""),
        # An address needs no line.
        ("192.0.2.1", None, ""),
        ("192.0.2.1", "192.0.2.2", ""),
    ],
)
def test_the_line_of_a_host(name: str, address: str | None, line: str) -> None:
    environment = jinja2.Environment(trim_blocks=True, undefined=jinja2.StrictUndefined)  # noqa: S701
    environment.tests["match"] = match
    text = environment.from_string(TEMPLATE.read_text()).render(
        groups={"all": [name]}, hostvars={name: {"ansible_host": address} if address else {}}
    )
    assert text.strip() == line
