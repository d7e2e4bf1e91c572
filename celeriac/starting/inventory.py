"""The text of an inventory with a place for every process; a person fills in the machines."""

from __future__ import annotations

from celeriac.description.placeholders import MARK
from celeriac.starting import draft_processes
from celeriac.starting.look import Findings
from celeriac.starting.yaml_text import scalar


def text(found: Findings, environment: str) -> str:
    """Return hosts.yml: one broker, one machine with data, one edge, web and worker host each."""
    name, services = found.name.value, found.connections.services
    web = bool(found.project.wsgi or found.project.asgi)
    pools = ", ".join(f"{scalar(pool)}: 1" for pool in draft_processes.pool_names(found).values())
    lines = [
        f"# Where {name} runs in the environment {environment}: machines with Debian 13, reached over SSH.",
        f"# Put an address or a name in place of each {MARK}; `celeriac check` names those that are left.",
        "all:",
        "  vars:",
        "    ansible_user: debian # guessed: root, or a user with sudo without a password",
        "    # A host is spoken to only if its key stands in known_hosts beside this file.",
        "    ansible_ssh_common_args: "
        '"-o UserKnownHostsFile={{ inventory_dir }}/known_hosts -o StrictHostKeyChecking=yes"',
    ]
    if web or "site" in services:
        lines += [
            "    celeriac_sites:",
            f"      {name}:",
            f"        names: [{MARK}] # the host names that people use: [www.example.com]",
            "        port: 80",
            f"        url: https://{MARK} # the address that people use: https://www.example.com",
        ]
    if web:
        lines += [
            "    # The hosts of the group edge get certificates from Let's Encrypt: docs/edge.md has other ways.",
            "    # Does a balancer of your own end TLS? Take the group edge out, and name its addresses:",
            f"    #   {name}: {{by: upstream, from: [192.0.2.7]}}",
            "    celeriac_edge_tls:",
            f"      {name}: {{by: acme, email: {MARK}}} # where the authority writes to",
        ]
    if "mail" in services:
        lines += [f"    celeriac_mail: {{host: {MARK}, port: 25}} # the SMTP server"]
    lines += [
        "    # A broker, database or cache that somebody else runs takes the place of its group:",
        "    # celeriac_external, as docs/external-services.md says.",
        "  children:",
        *_group("build", "worker-1", known=False),
        "    # One, or three: with two the cluster stops when one is away.",
        *_group("broker", "broker-1"),
    ]
    data = [service for service in ("database", "cache") if service in services]
    for index, service in enumerate(data):
        lines += _group(service, "data-1", known=index == 0)
    if web:
        lines += [
            "    # Not the web host, which wants the same ports; its address in numbers: 192.0.2.10."
        ]
        lines += _group("edge", "edge-1")
        lines += _group("web", "web-1")
    lines += [
        "    workers:",
        "      hosts:",
        "        worker-1:",
        f"          ansible_host: {MARK}",
        "          # How many workers (slots) of which pool.",
        f"          celeriac_pools: {{{name}: {{{pools}}}}}",
    ]
    if found.integrated:
        lines += ["    # Sends what was committed to the broker."]
        lines += _group("relay", "worker-1", known=False)
    if found.beat:
        lines += _group("beat", "worker-1", known=False)
    return "\n".join(lines) + "\n"


def _group(group: str, host: str, known: bool = True) -> list[str]:
    entry = f"{host}: {{ansible_host: {MARK}}}" if known else f"{host}:"
    return [f"    {group}:", "      hosts:", f"        {entry}"]
