"""Values that a shell completes: from files of this machine alone, and from none if they are wrong.

A shell waits for each of these while a person types, so nothing of Ansible is loaded: inventories
are read as plain YAML. Hosts that one line makes many of, ``web[1:3]``, are not offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from celeriac.places import FILE, INVENTORIES, STATE

if TYPE_CHECKING:
    import yaml

# Those of provisioning, in its order: each play of provision.yml has one as its tag.
ROLES = ("base", "rabbitmq", "postgresql", "redis", "haproxy", "mail_sink")
# What `celeriac restart` knows beside pools.
_KINDS = ("web", "beat", "relay")


def environments(context: typer.Context, incomplete: str) -> list[str]:
    found = (path.parent.name for path in _inventories(context).glob("*/hosts.yml"))
    return _beginning(found, incomplete)


def hosts(context: typer.Context, incomplete: str) -> list[str]:
    return _beginning(_hosts_and_groups(context)[0], incomplete)


def web_hosts(context: typer.Context, incomplete: str) -> list[str]:
    return _beginning(_hosts_and_groups(context)[1].get("web", set()), incomplete)


def patterns(context: typer.Context, incomplete: str) -> list[str]:
    """Complete the last of several hosts or groups with commas between them."""
    before, comma, last = incomplete.rpartition(",")
    found, groups = _hosts_and_groups(context)
    return [f"{before}{comma}{name}" for name in _beginning({*found, *groups}, last)]


def roles(incomplete: str) -> list[str]:
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in _beginning(ROLES, last)]


def pools(context: typer.Context, incomplete: str) -> list[str]:
    return _beginning(_pools(context), incomplete)


def slots(context: typer.Context, incomplete: str) -> list[str]:
    return [f"{pool}=" for pool in pools(context, incomplete)]


def processes(context: typer.Context, incomplete: str) -> list[str]:
    return _beginning({*_pools(context), *_KINDS}, incomplete)


def pools_and_hosts(context: typer.Context, incomplete: str) -> list[str]:
    workers = _hosts_and_groups(context)[1].get("workers", set())
    return _beginning({*_pools(context), *workers}, incomplete)


def releases(context: typer.Context, incomplete: str) -> list[str]:
    """Complete releases that were shipped from this machine; hosts may have others."""
    application = _scalar(_child(_read(_file(context)), "application"))
    archives = STATE / "cache" / "releases" / application
    found = (path.name.removesuffix(".tar.zst") for path in archives.glob("*.tar.zst"))
    return _beginning(found, incomplete)[::-1]


def _beginning(names: Iterable[str], incomplete: str) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))


def _inventories(context: typer.Context) -> Path:
    return Path(context.params.get("inventories") or INVENTORIES)


def _file(context: typer.Context) -> Path:
    return Path(context.params.get("file") or FILE)


def _pools(context: typer.Context) -> set[str]:
    return {name for name, _ in _children(_child(_read(_file(context)), "pools"))}


def _hosts_and_groups(context: typer.Context) -> tuple[set[str], dict[str, set[str]]]:
    environment = context.params.get("environment") or "lab"
    groups: dict[str, set[str]] = {}
    _gather(_child(_read(_inventories(context) / environment / "hosts.yml"), "all"), [], groups)
    hosts = {host for own in groups.values() for host in own}
    groups.pop("all", None)
    return hosts, groups


def _gather(group: yaml.Node | None, above: list[str], found: dict[str, set[str]]) -> None:
    """Note the hosts of a group, as hosts of the groups around it too."""
    names = above or ["all"]
    own = {name for name, _ in _children(_child(group, "hosts")) if "[" not in name}
    for name in names:
        found.setdefault(name, set()).update(own)
    for name, child in _children(_child(group, "children")):
        _gather(child, [*names, name], found)


def _read(file: Path) -> yaml.Node | None:
    """Return a file's nodes: unlike values, those may have tags of Ansible's own."""
    import yaml

    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        node: yaml.Node | None = yaml.compose(file.read_text(encoding="utf-8"), Loader=loader)
    except (OSError, UnicodeError, yaml.YAMLError):
        return None
    return node


def _children(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    import yaml

    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), value


def _child(node: yaml.Node | None, name: str) -> yaml.Node | None:
    return dict(_children(node)).get(name)


def _scalar(node: yaml.Node | None) -> str:
    import yaml

    return str(node.value) if isinstance(node, yaml.ScalarNode) else "-"
