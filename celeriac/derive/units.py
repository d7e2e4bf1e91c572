"""The drop-in of a unit: what differs between applications, pools and slots.

The static units in deploy/systemd hold the rest. The release is the instance (%i).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from celeriac.derive import names
from celeriac.derive.systemd import Specified, command_line, literal, section

# The web server's group on Debian; it may enter the folder of the web socket.
WEB_GROUP = "www-data"


@dataclass(frozen=True)
class Unit:
    """What a drop-in says. Times in seconds; ``stop_timeout`` None waits for ever,
    ``watchdog`` None for no sign of life. ``connection`` is how the broker calls its connections,
    ``canary`` the queue of which it reads one.
    """

    application: str
    name: str
    description: str
    command: list[str]
    ready: str
    credentials: list[str]
    memory: str
    start_timeout: int
    stop_timeout: int | None
    integrated: bool
    nice: int = 0
    watchdog: int | None = None
    state: bool = False
    socket_folder: Specified | None = None
    connection: str | None = None
    canary: str | None = None


def drop_in(unit: Unit) -> str:
    """Return the text of /etc/systemd/system/<unit>@.service.d/celeriac.conf."""
    release = names.release(unit.application)
    return "\n".join(
        [
            section(
                "Unit",
                [
                    ("Description", f"{literal(unit.description)}, release %i"),
                    # Assert, not Condition: a missing release must be a failure.
                    ("AssertPathExists", f"{release}/release.json"),
                ],
            ),
            section("Service", _service(unit, release)),
        ]
    )


def folder(application: str, unit: str) -> str:
    """Folder of a unit's environment file and credentials on its host."""
    return f"{names.configuration(application)}/{unit}"


def _service(unit: Unit, release: str) -> Iterable[tuple[str, str | int]]:
    where = folder(unit.application, unit.name)
    yield from _identity(unit)
    yield "Slice", f"celeriac-{unit.application}.slice"
    yield "WorkingDirectory", f"{release}/app"
    yield "EnvironmentFile", f"{where}/environment"
    if unit.integrated:
        yield "Environment", f"CELERIAC_RUNTIME={release}/celeriac.json"
    yield "Environment", "CELERIAC_RELEASE=%i"
    yield from _known(unit)
    for variable in sorted(unit.credentials):
        yield "LoadCredential", f"{variable}:{where}/credentials/{variable}"
    yield "ExecStart", ""
    yield "ExecStart", _launch(unit, release)
    yield "MemoryMax", unit.memory
    yield "Nice", unit.nice
    yield "TimeoutStartSec", unit.start_timeout
    yield "TimeoutStopSec", "infinity" if unit.stop_timeout is None else unit.stop_timeout
    if unit.watchdog is not None:
        yield "WatchdogSec", unit.watchdog


def _identity(unit: Unit) -> Iterable[tuple[str, str]]:
    yield "User", unit.application
    if unit.socket_folder is None:
        yield "Group", unit.application
    else:
        yield "Group", WEB_GROUP
        yield "SupplementaryGroups", unit.application
        yield "UMask", "0007"
        yield "RuntimeDirectory", unit.socket_folder
        # gunicorn 25 and newer puts its control socket there.
        yield "Environment", f"XDG_RUNTIME_DIR=/run/{unit.socket_folder}"
    if unit.state:
        yield "StateDirectory", unit.name


def _known(unit: Unit) -> Iterable[tuple[str, str]]:
    """How a deploy tells this process from one of another release, and hears of its canary."""
    if unit.connection is not None:
        yield "Environment", f"CELERIAC_CONNECTION={literal(unit.connection)}/%i"
    if unit.canary is not None:
        yield "Environment", f"CELERIAC_CANARY={unit.canary}"


def _launch(unit: Unit, release: str) -> str:
    python = Specified(f"{release}/venv/bin/python")
    launcher = [python, "-m", "celeriac.worker.launcher", "--ready", unit.ready, "--"]
    return command_line([*launcher, *unit.command])
