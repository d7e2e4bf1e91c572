"""RabbitMQ objects as the management HTTP API writes them."""

from __future__ import annotations

from typing import Any


def exchange(name: str, kind: str, arguments: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a durable exchange that clients may publish to. Arguments can never change later."""
    return {
        "name": name,
        "type": kind,
        "durable": True,
        "auto_delete": False,
        "internal": False,
        "arguments": arguments or {},
    }


def queue(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return a durable queue. Arguments can never change later; policies can."""
    return {"name": name, "durable": True, "arguments": arguments}


def binding(source: str, destination_type: str, destination: str, key: str) -> dict[str, Any]:
    """Return a binding of a ``queue`` or ``exchange`` to the exchange ``source``."""
    return {
        "source": source,
        "destination": destination,
        "destination_type": destination_type,
        "routing_key": key,
        "arguments": {},
    }
