"""How many workers of a pool each host gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def spread(total: int, hosts: Sequence[str], now: Mapping[str, int]) -> dict[str, int]:
    """Return each host's slots: no host has two more than another, and few hosts change.

    Of hosts that could have one more, those have it that have the most now, then the first.
    """
    each, rest = divmod(total, len(hosts))
    order = sorted(hosts, key=lambda host: (-now.get(host, 0), hosts.index(host)))
    more = set(order[:rest])
    return {host: each + (host in more) for host in hosts}
