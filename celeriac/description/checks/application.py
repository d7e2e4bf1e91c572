"""The application's name: free on its hosts and in every service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from celeriac.description.model import Description
from celeriac.description.problems import Problem

# The application's system user, group, database, broker and cache users get its name.
_TAKEN = {
    "Debian": (
        # Accounts and groups of base-passwd, then of systemd, SSH and udev.
        "adm audio backup bin cdrom daemon dialout dip disk fax floppy games irc kmem list lp mail "
        "man news nobody nogroup operator plugdev proxy root sasl shadow src staff sudo sync sys "
        "tape tty users utmp uucp video voice "
        "crontab debian docker input kvm messagebus netdev polkitd render sgx sshd"
    ),
    "PostgreSQL": "none postgres public template0 template1",
    "RabbitMQ": "epmd guest rabbitmq",
    "Redis": "default redis",
    "nginx": "nginx",
    "celeriac": "admin build celeriac",
}
_OWNER = {name: owner for owner, taken in _TAKEN.items() for name in taken.split()}


def taken_by(application: str) -> str | None:
    """Return who has an account, database or user of this name already."""
    return "PostgreSQL" if application.startswith("pg_") else _OWNER.get(application)


def name(description: Description, folder: Path) -> Iterator[Problem]:
    """It is nobody's account, database or user already."""
    application = description.application
    owner = taken_by(application)
    if owner is not None:
        remedy = "Choose another: system user, database and broker users are called like it."
        yield Problem("application", f"'{application}' is a name that {owner} uses", remedy)
