"""Which releases are kept on the hosts, put together from what they, records and audit say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from celeriac.release import history
from celeriac.release.hosts import Seen
from celeriac.release.records import Record

_Releases = Callable[[Seen, str], set[str]]


def kept(
    application: str,
    serving: Mapping[str, Seen],
    records: Mapping[str, str],
    entries: list[history.Entry],
) -> list[dict[str, Any]]:
    """Return the releases that are on hosts, oldest first.

    ``hosts`` have it, on ``running`` it runs, on ``finishing`` its last units finish their work.
    """
    now, deployed = history.current(entries), history.deployed(entries)
    found = []
    for name in sorted({name for seen in serving.values() for name in seen.releases}):
        record = Record.read(records.get(name, "{}")) or Record({})
        at, by = record.built
        found.append(
            {
                "release": name,
                "current": name == now,
                "revision": record.revision,
                "built": at,
                "built_by": by,
                "deployed": deployed.get(name),
                "hosts": [host for host, seen in serving.items() if name in seen.releases],
                "running": _where(serving, name, Seen.running, application),
                "finishing": _where(serving, name, Seen.finishing, application),
            }
        )
    return found


def _where(
    serving: Mapping[str, Seen], name: str, releases: _Releases, application: str
) -> list[str]:
    return [host for host, seen in serving.items() if name in releases(seen, application)]
