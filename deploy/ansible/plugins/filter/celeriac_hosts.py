"""Filters for what the hosts must know of one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from celeriac.derive import in_turn, names
from celeriac.description import external
from celeriac.rotation import finished, trusted


def authority_files(
    held: Mapping[str, str],
    outside: Mapping[str, Mapping[str, Any]],
    folder: str,
    previous: bool = True,
) -> list[dict[str, str]]:
    """The files by which processes know the services: the environment's own, and external ones'.

    ``held`` are the environment's secrets, ``outside`` is ``celeriac_external``, ``folder`` the
    inventory's. Without ``previous`` an authority that signs no more is left out. A file without
    content is not needed any more.
    """
    files = [{"path": names.CA, "content": "".join(trusted(held if previous else finished(held)))}]
    for service in external.KEYS:
        file = outside.get(service, {}).get("ca")
        content = Path(folder, file).read_text() if file else ""
        files.append({"path": external.authority_file(service), "content": content})
    return files


def edge_certificates(
    wanted: list[dict[str, str | None]], secrets: Mapping[str, Mapping[str, str]], folder: str
) -> list[dict[str, str]]:
    """The files from which HAProxy serves the certificates of the inventory, each with its key.

    ``secrets`` are those of all applications, ``folder`` is the inventory's.
    """
    files = []
    for one in wanted:
        application = str(one["application"])
        key = one["key"]
        text = Path(folder, key).read_text() if key else secrets[application]["edge.key"]
        chain = Path(folder, str(one["certificate"])).read_text()
        path = f"/etc/haproxy/celeriac-files/{application}.pem"
        content = f"{chain.rstrip()}\n{text.strip()}\n"
        files.append({"path": path, "content": content, "mode": "0600"})
    return files


def database_clients(document: dict[str, Any]) -> dict[str, list[str]]:
    """The hosts whose processes connect to the database, each with the roles they have there.

    Of the two that a process uses in turn both may come; a role that is not there cannot.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for host, placed in document["hosts"].items():
        for process in placed["processes"]:
            found[host] |= _roles(process)
    step = document["steps_process"]
    if step and step["host"]:
        found[step["host"]] |= _roles(step)
    return {host: sorted(users) for host, users in found.items() if users}


def _roles(process: dict[str, Any]) -> set[str]:
    login = process["database"]
    if not login:
        return set()
    takes_turns = in_turn.takes_turns(login["secret"])
    return set(in_turn.both(login["user"]) if takes_turns else [login["user"]])


class FilterModule:
    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "celeriac_authority_files": authority_files,
            "celeriac_broker_in_turn": in_turn.broker_objects,
            "celeriac_cache_in_turn": in_turn.cache_passwords,
            "celeriac_database_in_turn": in_turn.database,
            "celeriac_retired": in_turn.retired,
            "celeriac_database_clients": database_clients,
            "celeriac_edge_certificates": edge_certificates,
        }
