"""Which hosts take part in what goes one host after the other, by what they were looked at before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

HostVars = Mapping[str, Mapping[str, Any]]


def unsettled(hosts: list[str], hostvars: HostVars) -> list[str]:
    """Return the hosts that have, or may have, something to do for the release."""
    return [host for host in hosts if host not in hostvars or not settled(hostvars[host])]


def settled(found: Mapping[str, Any]) -> bool:
    """Whether each look that was taken at a host says that there is nothing to do.

    An answer that lacks what it should say, as of a module that failed, says no.
    """
    if found.get("release_settled_look", {}).get("reasons", ["not looked at"]):
        return False
    if "web_settled_edges" not in found:  # no web host, or no edge
        return True
    edges = found["web_settled_edges"].get("results", [])
    certificate = found.get("certificates_result", {})
    read = found.get("web_settled_certificate", {})
    return (
        certificate.get("written") == []
        and all(read.get(verb) == [] for verb in ("started", "restarted", "reloaded", "enabled"))
        and all("backends" in edge for edge in edges)
    )


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"celeriac_unsettled": unsettled}
