"""What database and cache hold for an application."""

from __future__ import annotations

from celeriac.derive import secrets
from celeriac.description.model import Description


def database(description: Description) -> dict[str, str] | None:
    """Return the database, its owner and the owner's secret; nothing where no connection uses it."""
    if "database" not in description.uses:
        return None
    name = description.application
    return {"name": name, "user": name, "secret": secrets.DATABASE}


def cache(description: Description) -> dict[str, str] | None:
    """Return the Redis user, its secret and the keys it may touch; nothing where it is not used.

    Without a prefix of its own an application may touch all keys.
    """
    if "cache" not in description.uses:
        return None
    prefix = description.cache.key_prefix if description.cache else ""
    return {"user": description.application, "secret": secrets.CACHE, "keys": f"~{prefix}*"}
