"""What a process finds in its environment besides its credentials."""

from __future__ import annotations

from celeriac.derive.roles import Role
from celeriac.description.model import Description


def build(description: Description, role: Role) -> dict[str, str]:
    """Return the variables of the process's environment file; its own win over the common ones."""
    return {
        **description.environment,
        **role.environment,
        "CELERIAC_PROCESS": role.process,
        "DJANGO_SETTINGS_MODULE": description.django.settings,
    }
