"""One host with one worker unit, as a deploy describes it and as it answers."""

from __future__ import annotations

from typing import Any

MIB = 2**20
OLDER, OLD, LAST, NEW = (f"2026112{day}T120000-0123456789" for day in range(4))
UNIT = "celery-shop-mail-1"
PROCESS: dict[str, Any] = {
    "kind": "worker",
    "unit": UNIT,
    "memory": 512 * MIB,
    "broker": None,
    "database": None,
    "credentials": {"values": {"KEY": "secret.key", "MAIL": "mail.host"}},
}
DOCUMENT: dict[str, Any] = {
    "application": "shop",
    "root": "/srv/shop",
    "releases": {"draining": 2},
    "beat_overlaps": True,
    "database_connections": 150,
    "build": {"expected": {"release": NEW, "archive_bytes": 20 * MIB, "unpacked_bytes": 80 * MIB}},
    "hosts": {"one": {"processes": [PROCESS]}},
    "hosts_by_kind": {"worker": ["one"], "step": ["one"]},
}


def instance(release: str, state: str = "active", held: int | None = 100, **more: Any) -> Any:
    size = None if held is None else held * MIB
    return {
        f"{UNIT}@{release}.service": {
            "state": state,
            "enabled": True,
            "status": "",
            "memory": size,
            **more,
        },
    }


def host(**changes: Any) -> dict[str, Any]:
    return {
        "asked": [1000.0, 1000.4],
        "clock": 1000.2,
        "platform": "debian 13 x86_64",
        "releases": [],
        "disk_bytes": 100 * MIB,
        "memory_bytes": 512 * MIB,
        "instances": {},
        **changes,
    }
