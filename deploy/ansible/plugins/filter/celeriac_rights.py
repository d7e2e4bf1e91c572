"""Filters for the end of a deploy: what the services give beyond the release, and who may need it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from celeriac.release import order

HostVars = Mapping[str, Mapping[str, Any]]

# What the roles of the services have registered; each names in `kept` what it left.
_REGISTERED = {
    "broker": ("__rabbitmq_plan", "__rabbitmq_declared"),
    "database": ("__postgresql_files",),
    "cache": ("__redis_written",),
}


def kept(service: str, host: Mapping[str, Any]) -> list[str]:
    """Return what provisioning has left of a service, asked on a host, beyond the description."""
    said = (host.get(name) or {} for name in _REGISTERED[service])
    return list(dict.fromkeys(name for one in said for name in one.get("kept", [])))


def all_kept(hosts: list[str], hostvars: HostVars) -> list[str]:
    found = []
    for host in hosts:
        said = hostvars.get(host) or {}  # once: Ansible puts it together each time
        found += [f"{host}: {name}" for service in _REGISTERED for name in kept(service, said)]
    return found


def concerned(
    document: Mapping[str, Any], groups: Mapping[str, list[str]], hostvars: HostVars
) -> list[str]:
    """Return the hosts where something was left, and those to ask what runs; none if nothing was.

    External services are asked from the first build host.
    """
    asked = [host for service in _REGISTERED for host in groups.get(service, [])]
    asked += groups.get("build", [])[:1]
    found = [host for host in dict.fromkeys(asked) if all_kept([host], hostvars)]
    return list(dict.fromkeys([*found, *document["application_hosts"]])) if found else []


def others(document: Mapping[str, Any], release: str, hostvars: HostVars) -> list[str]:
    """Return what else than the release runs, or may run, on the application's hosts."""
    said = {
        host: (hostvars[host].get("rights_standing") or {}).get("instances")
        for host in document["application_hosts"]
    }
    return order.others(document, release, said)


def alone(document: Mapping[str, Any], release: str, host: str, said: Mapping[str, Any]) -> bool:
    """Whether nothing else than the release runs on one host."""
    return not order.others(document, release, {host: said.get("instances")})


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "celeriac_alone": alone,
            "celeriac_all_kept": all_kept,
            "celeriac_kept": kept,
            "celeriac_others": others,
            "celeriac_rights_hosts": concerned,
        }
