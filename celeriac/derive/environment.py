"""What a process finds in its environment besides its credentials."""

from __future__ import annotations

from celeriac.derive import names
from celeriac.derive.roles import Role
from celeriac.description import external
from celeriac.description.inventory import Inventory
from celeriac.description.model import Description


def build(description: Description, inventory: Inventory, role: Role) -> dict[str, str]:
    """Return the variables of the process's environment file; its own win over the common ones.

    CELERIAC_CA names the authorities that may have signed the broker's certificates; the URL
    says whether the broker speaks TLS.
    """
    authorities = external.placed(inventory).get("broker", {"ca": names.CA})["ca"]
    return {
        **description.environment,
        **role.environment,
        **({"CELERIAC_CA": authorities} if role.broker and authorities else {}),
        "CELERIAC_PROCESS": role.process,
        "DJANGO_SETTINGS_MODULE": description.django.settings,
    }
