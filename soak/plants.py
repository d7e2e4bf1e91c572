"""Mistakes on purpose: a run with one of them has to break a bar, or the soak proves nothing.

What is planted in the application is a variable, in files below /run that a reboot forgets.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from celeriac.derive import names
from soak import broker
from soak.place import APPLICATION, RELAY, WEB, Place

AT_MOST_ONCE = "at-most-once"
# What is planted in which of the application's units.
_PLACES: dict[str, Callable[[Place], dict[str, list[str]]]] = {
    "confirms-off": lambda place: {host: [RELAY] for host in place.relays},
    "outbox-bypassed": lambda place: {web.host: [WEB] for web in place.webs},
    "inbox-off": lambda place: {host: place.workers_on(host) for host in place.workers},
}
PLANTS = (*_PLACES, AT_MOST_ONCE)
_ENVIRONMENT = "/run/celeriac-planted"
_DROP_IN = f"[Service]\nEnvironmentFile={_ENVIRONMENT}\n"


@contextmanager
def planted(place: Place, what: str | None) -> Iterator[None]:
    """Plant the mistake; take it out again when the block ends."""
    if what is None:
        yield
    elif what == AT_MOST_ONCE:
        with broker.dead_lettering_at_most_once(place):
            yield
    else:
        variables = {"LEDGER_PLANTED": what}
        if what == "outbox-bypassed":
            # Web hosts have no way to the broker of their own.
            variables |= {"LEDGER_BROKER_URL": _relay_url(place), "CELERIAC_CA": names.CA}
        with ExitStack() as stack:
            for host, patterns in _PLACES[what](place).items():
                stack.enter_context(_variables(place, host, patterns, variables))
            yield


def _relay_url(place: Place) -> str:
    path = f"/etc/celeriac/{APPLICATION}/relay-{APPLICATION}/credentials/BROKER_URL"
    return place.run(place.relays[0], "cat", path).strip()


@contextmanager
def _variables(
    place: Place, host: str, patterns: list[str], variables: dict[str, str]
) -> Iterator[None]:
    """Give the units on a host these variables, and start them again."""
    units = place.running(host, patterns)
    folders = [f"/run/systemd/system/{unit.partition('@')[0]}@.service.d" for unit in units]
    drop_ins = [f"{folder}/planted.conf" for folder in folders]
    content = "".join(f"{name}={value}\n" for name, value in variables.items())
    try:
        place.run(host, "mkdir", "-p", *folders)
        _write(place, host, _ENVIRONMENT, content)
        for drop_in in drop_ins:
            _write(place, host, drop_in, _DROP_IN)
        _restart(place, host, units)
        yield
    finally:
        place.run(host, "rm", "-f", _ENVIRONMENT, *drop_ins)
        _restart(place, host, units)


def _write(place: Place, host: str, path: str, content: str) -> None:
    place.run(host, "sh", "-c", f"umask 077; printf %s {shlex.quote(content)} > {path}")


def _restart(place: Place, host: str, units: list[str]) -> None:
    place.systemctl(host, "daemon-reload")
    place.systemctl(host, "restart", *units)
