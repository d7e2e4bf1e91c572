"""systemd credentials become environment variables of this process.

They are set in the running process, never on a command line or through
exec, so /proc/<pid>/environ of the process does not show them.
"""

import re
from collections.abc import MutableMapping
from pathlib import Path

from celeriac.worker.errors import LaunchError

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def load(environment: MutableMapping[str, str]) -> list[str]:
    """Set one variable for each file in CREDENTIALS_DIRECTORY; return their names, sorted.

    One line break at a file's end is dropped, because editors add it. A
    credential replaces a variable of the same name. Without
    CREDENTIALS_DIRECTORY nothing is set.

    Raises:
        LaunchError: a credential is unreadable, empty, no text, or no variable's name.

    """
    named = environment.get("CREDENTIALS_DIRECTORY")
    if not named:
        return []
    directory = Path(named)
    try:
        files = sorted(directory.iterdir())
    except OSError as error:
        raise LaunchError(
            f"the credentials directory {directory} cannot be read: {error.strerror}. "
            + _remedy(directory)
        ) from error
    for file in files:
        environment[_name(file)] = _value(file)
    return [file.name for file in files]


def _name(file: Path) -> str:
    if not _VARIABLE.fullmatch(file.name):
        raise LaunchError(
            f"credential {file.name}: a credential is named like the environment variable it "
            f"becomes: letters, digits and underscores. " + _remedy(file.parent)
        )
    return file.name


def _value(file: Path) -> str:
    try:
        value = file.read_text(encoding="utf-8").removesuffix("\n")
    except OSError as error:
        raise LaunchError(
            f"credential {file.name} cannot be read: {error.strerror}. " + _remedy(file.parent)
        ) from error
    except UnicodeDecodeError as error:
        raise LaunchError(
            f"credential {file.name} is not UTF-8 text. " + _remedy(file.parent)
        ) from error
    if not value or "\0" in value:
        what = "holds a NUL byte" if value else "is empty"
        raise LaunchError(f"credential {file.name} {what}. " + _remedy(file.parent))
    return value


def _remedy(directory: Path) -> str:
    # systemd names the directory after the unit: /run/credentials/<unit>.
    unit = directory.name
    return (
        f"LoadCredential= lines of the unit name where it comes from: `systemctl cat {unit}`. "
        "Set the secret in the environment's vault and deploy again."
    )
