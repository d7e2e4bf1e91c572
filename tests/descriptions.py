"""A small application with its description and inventory, to be changed row by row."""

from __future__ import annotations

import copy
from enum import Enum, auto
from pathlib import Path
from typing import Any

import yaml

from celeriac.description.inventory import Inventory
from celeriac.description.model import Description


class _Mark(Enum):
    """Stands for no value at all. An Enum's text is readable in a test's name, and always the same."""

    REMOVED = auto()


REMOVED = _Mark.REMOVED
SHOP: dict[str, Any] = {
    "celeriac": 1,
    "application": "shop",
    "level": "integrated",
    "code": {"include": ["shop"], "python": "3.13", "requirements": "requirements.txt"},
    "django": {"settings": "shop.settings"},
    "celery": {"application": "shop.celery"},
    "connections": {
        "BROKER_URL": "broker.url",
        "DATABASE_URL": "database.url",
        "SECRET_KEY": "secret.key",
    },
    "secrets": ["key"],
    "queues": {"mail": {"tasks": ["shop.mail"]}, "bulk": {"tasks": ["shop.bulk"]}},
    "default_queue": "bulk",
    "pools": {
        "mail": {"queues": ["mail"], "concurrency": 2, "memory": "256M"},
        "bulk": {"queues": ["bulk"], "publishes": ["mail"], "concurrency": 1, "memory": "1G"},
    },
    "web": {
        "command": ["gunicorn", "shop.wsgi"],
        "publishes": ["mail", "bulk"],
        "memory": "512M",
        "health": {"path": "/"},
    },
    "beat": {"publishes": ["bulk"], "memory": "128M"},
}
FILES = {
    "shop/__init__.py": "",
    "shop/settings.py": "",
    "shop/celery.py": "import celeriac.runtime\n",
    "shop/mail.py": "@shared_task\ndef send(): ...\n",
    "shop/bulk.py": "@app.task\ndef count(): ...\n",
    "requirements.txt": "celery==5.7.0 --hash=sha256:00\n",
}
HOSTS: dict[str, Any] = {
    "vars": {
        "celeriac_sites": {"shop": {"names": ["shop"], "port": 80, "url": "https://shop"}},
        "celeriac_edge_tls": {"shop": {"by": "upstream", "from": ["192.0.2.200"]}},
    },
    "children": {
        "build": {"hosts": {"one": None}},
        "broker": {"hosts": {"one": None}},
        "database": {"hosts": {"one": None}},
        "web": {"hosts": {"one": None}},
        "beat": {"hosts": {"two": None}},
        "relay": {"hosts": {"two": None}},
        "workers": {
            "hosts": {
                "two": {"celeriac_pools": {"shop": {"mail": 2}}},
                "three": {"celeriac_pools": {"shop": {"bulk": 1}}},
            }
        },
    },
}
HOSTED: dict[str, Any] = {
    "level": "hosted",
    "queues": {"mail": {}, "bulk": {}},
    "default_queue": REMOVED,
    "pools/bulk/publishes": REMOVED,
    "web/publishes": REMOVED,
    "beat/publishes": REMOVED,
}


def changed(original: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return a copy with the value at each path (`pools/mail/memory`) replaced or `REMOVED`."""
    copied = copy.deepcopy(original)
    for path, value in changes.items():
        *parents, last = path.split("/")
        place = copied
        for part in parents:
            place = place.setdefault(part, {})
        if value is REMOVED:
            del place[last]
        else:
            place[last] = copy.deepcopy(value)
    return copied


def describe(**changes: Any) -> Description:
    """Return the shop's description with changes, unchecked; a path's / is written __."""
    data = changed(SHOP, {path.replace("__", "/"): value for path, value in changes.items()})
    return Description.model_validate(data)


def write(
    folder: Path,
    changes: dict[str, Any] | None = None,
    files: dict[str, str] | None = None,
    hosts: dict[str, Any] | None = None,
) -> Path:
    """Write the shop, its description and the inventory `test`; return the description's path."""
    for name, text in (FILES | (files or {})).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    inventory = folder / "inventories" / "test" / "hosts.yml"
    inventory.parent.mkdir(parents=True, exist_ok=True)
    inventory.write_text(yaml.safe_dump({"all": changed(HOSTS, hosts or {})}, sort_keys=False))
    description = folder / "celeriac.yml"
    description.write_text(yaml.safe_dump(changed(SHOP, changes or {}), sort_keys=False))
    return description


def inventory(pools: dict[str, dict[str, int]], **groups: list[str]) -> Inventory:
    """Return an inventory of the shop: host to pools, and groups."""
    names = {*pools, *(host for hosts in groups.values() for host in hosts)}
    return Inventory(
        environment="test",
        file=Path("hosts.yml"),
        groups=groups,
        hosts={name: {"celeriac_pools": {"shop": pools.get(name, {})}} for name in sorted(names)},
        variables=HOSTS["vars"],
    )
