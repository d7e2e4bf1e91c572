"""How a person's command reaches a host: as Ansible does, with the inventory's own variables."""

from __future__ import annotations

import shlex
import shutil
from typing import Any

from celeriac import hostvars
from celeriac.environments import Environment

CONNECT_TIMEOUT = 10  # seconds
# A host that says nothing for so many times so many seconds is gone, and ssh ends.
ALIVE_INTERVAL, ALIVE_COUNT = 5, 3
_CONNECTION = {
    "ansible_host",
    "ansible_port",
    "ansible_user",
    "ansible_ssh_private_key_file",
    "ansible_ssh_common_args",
    "ansible_ssh_extra_args",
}
# What ssh itself exits with when it does not get through; a remote command may, too.
NOT_REACHED = 255


def words(place: Environment, host: str, *, interactive: bool = False) -> list[str]:
    """Return the `ssh` command for an inventory host, to which a remote command is added.

    Only a host whose key is in the environment's known_hosts is spoken to. ``interactive`` lets
    ssh ask for a passphrase, and gives what runs there a terminal.

    Raises:
        InputError: the inventory's variables cannot be read, or there is no `ssh` here.

    """
    if shutil.which("ssh") is None:
        raise _no_ssh()
    variables = hostvars.of(place, host, _CONNECTION)
    options: dict[str, Any] = {
        **({"RequestTTY": "yes"} if interactive else {"BatchMode": "yes"}),
        "ConnectTimeout": CONNECT_TIMEOUT,
        "ServerAliveInterval": ALIVE_INTERVAL,
        "ServerAliveCountMax": ALIVE_COUNT,
        "UserKnownHostsFile": place.known_hosts.resolve(),
        "StrictHostKeyChecking": "yes",
    }
    if port := variables.get("ansible_port"):
        options["Port"] = port
    if user := variables.get("ansible_user"):
        options["User"] = user
    if key := variables.get("ansible_ssh_private_key_file"):
        options["IdentityFile"] = key
    given = [variables.get("ansible_ssh_common_args"), variables.get("ansible_ssh_extra_args")]
    return [
        "ssh",
        *(f"-o{name}={value}" for name, value in options.items()),
        *(word for text in given if text for word in shlex.split(text)),
        str(variables.get("ansible_host", host)),
    ]


def as_root(
    place: Environment, host: str, command: list[str], *, interactive: bool = False
) -> list[str]:
    """Return the whole command that runs another one as root on the host."""
    ssh = words(place, host, interactive=interactive)
    sudo = [] if "-oUser=root" in ssh else ["sudo", "-n"]
    return [*ssh, shlex.join([*sudo, *command])]


def _no_ssh() -> Exception:
    from celeriac.description.problems import InputError, Problem

    remedy = "Install it. On Debian: apt-get install openssh-client"
    return InputError(None, [Problem("ssh", "there is no ssh on the PATH", remedy)])
