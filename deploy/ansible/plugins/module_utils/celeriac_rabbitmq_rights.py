"""What an object of the broker must be while an older release still needs what it was; pure functions.

A deploy gives before the new release serves, and takes away when nothing older runs any more. What the
older ones need is what the broker has: a deploy, or one that was cut off, gave it to them.
"""

from __future__ import annotations

import re
from typing import Any

# RabbitMQ's own limit in milliseconds, where no policy sets another one.
CONSUMER_TIMEOUT = 30 * 60 * 1000
_TIMEOUT = "consumer-timeout"

# The patterns that `celeriac.derive.permissions` makes: whole names, each behind the same prefix.
_NAMES = re.compile(r"\^(?P<prefix>.*)\((?P<names>[A-Za-z0-9_|-]+)\)\$")
_NOTHING, _EVERYTHING = "^$", ".*"
_RIGHTS = {"permission": ("configure", "write", "read"), "topic permission": ("write", "read")}


def both(kind: str, was: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the properties that serve the older releases and the new one.

    They are ``was`` where the new one needs less, so that a second time changes nothing. Of other kinds
    than rights and policies they are ``wanted``.
    """
    if kind == "policy":
        return {**wanted, "definition": _longer(was.get("definition", {}), wanted["definition"])}
    return {
        **wanted,
        **{right: pattern(was.get(right, ""), wanted[right]) for right in _RIGHTS.get(kind, ())},
    }


def pattern(was: str, wanted: str) -> str:
    """Return a pattern of the names of both. One that is not a deploy's counts for nothing."""
    if wanted in (was, _EVERYTHING) or was == _NOTHING:
        return wanted
    if was == _EVERYTHING:
        return was
    before, after = _NAMES.fullmatch(was), _NAMES.fullmatch(wanted)
    if before is None or (after is None and wanted != _NOTHING):
        return wanted
    if after is None:
        return was
    if before["prefix"] != after["prefix"]:
        return wanted
    older, names = before["names"].split("|"), after["names"].split("|")
    if {*names} < {*older}:
        return was
    return f"^{after['prefix']}({'|'.join(dict.fromkeys([*names, *older]))})$"


def _longer(was: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the new policy with the longer time for which a worker may hold a message."""
    before, after = (one.get(_TIMEOUT, CONSUMER_TIMEOUT) for one in (was, wanted))
    if before <= after:
        return wanted
    rest = {name: value for name, value in wanted.items() if name != _TIMEOUT}
    return rest | ({_TIMEOUT: before} if _TIMEOUT in was else {})
