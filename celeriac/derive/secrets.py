"""Names of the secrets an application needs; their values stand in the environment's vault."""

from __future__ import annotations

from celeriac.derive import names
from celeriac.derive.roles import roles
from celeriac.description.model import Description

DATABASE = "database.password"
CACHE = "cache.password"


def build(description: Description) -> list[str]:
    """Return one for each broker user, those of database and cache if used, and its own."""
    services = {"database": DATABASE, "cache": CACHE}
    return [
        *(names.broker_secret(role.process) for role in roles(description)),
        *(secret for service, secret in services.items() if service in description.uses),
        *(f"secret.{name}" for name in description.secrets),
    ]
