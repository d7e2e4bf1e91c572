"""Names of the secrets an application needs; their values stand in the environment's vault."""

from __future__ import annotations

from celeriac.derive import names
from celeriac.derive.roles import roles
from celeriac.description.model import Description

DATABASE = "database.password"
CACHE = "cache.password"


def build(description: Description) -> list[str]:
    """Return one for each user of the broker, of the database and of the cache, and its own."""
    found = [names.broker_secret(role.process) for role in roles(description) if role.broker]
    if "database" in description.uses:
        found += [DATABASE, *(names.database_secret(name) for name in database_users(description))]
    if "cache" in description.uses:
        found.append(CACHE)
    return [*found, *(f"secret.{name}" for name in description.secrets)]


def database_users(description: Description) -> list[str]:
    """Return the processes that have a database user of their own.

    A hosted application may do anything in its database, migrations in any process included.
    """
    if not description.integrated:
        return []
    return [role.process for role in roles(description) if not role.owner]
