"""The application's own settings of its outbox: CELERIAC_OUTBOX in its Django settings."""

from dataclasses import dataclass, fields
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

REFUSE, ALLOW = "refuse", "allow"


@dataclass(frozen=True, slots=True)
class OutboxSettings:
    """The keys of CELERIAC_OUTBOX with their defaults.

    database: the alias, in DATABASES, of the database that keeps the outbox.
    other_transactions: what becomes of a task that is published within a transaction of another
        database only, so that it would be sent even if that one rolled back: `refuse` or `allow`.
    """

    database: str = "default"
    other_transactions: str = REFUSE

    @classmethod
    def read(cls) -> "OutboxSettings":
        """Read at each use, so that Django's override_settings works.

        Raises:
            ImproperlyConfigured: an unknown key or value.

        """
        given: dict[str, Any] = getattr(settings, "CELERIAC_OUTBOX", {})
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(given) - known):
            raise ImproperlyConfigured(
                f"CELERIAC_OUTBOX: no key {unknown[0]!r}. Known: {', '.join(sorted(known))}."
            )
        found = cls(**given)
        if found.other_transactions not in (REFUSE, ALLOW):
            raise ImproperlyConfigured(
                f"CELERIAC_OUTBOX: other_transactions: {found.other_transactions!r} is neither "
                f"{REFUSE!r} nor {ALLOW!r}."
            )
        return found
