"""What database and cache hold for an application."""

from __future__ import annotations

from typing import Any

from celeriac.derive import names, secrets
from celeriac.derive.roles import Role
from celeriac.description.model import Description


def database(description: Description) -> dict[str, Any] | None:
    """Return the database, its owner and the other roles; nothing where no connection uses it.

    ``group`` has no login: it holds what ``roles``, one a process, may do to the owner's tables.
    A hosted application has the owner alone.
    """
    if "database" not in description.uses:
        return None
    application = description.application
    return {
        "name": application,
        "user": application,
        "secret": secrets.DATABASE,
        "group": names.database_group(application) if description.integrated else None,
        "roles": [
            {
                "name": names.database_user(application, process),
                "secret": names.database_secret(process),
            }
            for process in secrets.database_users(description)
        ],
    }


def database_login(description: Description, role: Role) -> dict[str, str] | None:
    """Return who a process is in the database, and the secret of that."""
    if "database" not in description.uses:
        return None
    application = description.application
    if role.process not in secrets.database_users(description):
        return {"user": application, "secret": secrets.DATABASE}
    return {
        "user": names.database_user(application, role.process),
        "secret": names.database_secret(role.process),
    }


def broker_login(description: Description, role: Role) -> dict[str, str] | None:
    """Return who a process is at the broker, and the secret of that; None if it never goes there."""
    if not role.broker:
        return None
    return {
        "user": names.broker_user(description.application, role.process),
        "secret": names.broker_secret(role.process),
    }


def cache(description: Description) -> dict[str, str] | None:
    """Return the Redis user, its secret and the keys it may touch; nothing where it is not used.

    Without a prefix of its own an application may touch all keys.
    """
    if "cache" not in description.uses:
        return None
    prefix = description.cache.key_prefix if description.cache else ""
    return {"user": description.application, "secret": secrets.CACHE, "keys": f"~{prefix}*"}
