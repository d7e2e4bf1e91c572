"""Which authorities an environment trusts while the one that signs is replaced by another.

During a rotation the vault holds a second one beside ``ca_key`` and ``ca_certificate``:

1. ``ca_next_key`` and ``ca_next_certificate``, not signing yet, until every host trusts it;
2. ``ca_previous_certificate``, not signing any more, until every service shows a certificate
   of the new one.

Each step writes the vault once, so a rotation that was interrupted goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Mapping

from celeriac.vault import AUTHORITY

NEXT = ("ca_next_key", "ca_next_certificate")
PREVIOUS = "ca_previous_certificate"


def trusted(held: Mapping[str, str]) -> list[str]:
    """Return the certificates (PEM) of the authorities that hosts trust, the signing one first.

    ``held`` are the secrets of the environment.
    """
    return [held[name] for name in (AUTHORITY[1], NEXT[1], PREVIOUS) if held.get(name)]


def begun(held: Mapping[str, str], new: tuple[str, str]) -> dict[str, str]:
    """Return the secrets with ``new`` (key, certificate) as the next authority."""
    return {**held, **dict(zip(NEXT, new, strict=True))}


def promoted(held: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets with the next authority as the one that signs."""
    rest = {name: secret for name, secret in held.items() if name not in NEXT}
    new = dict(zip(AUTHORITY, (held[name] for name in NEXT), strict=True))
    return {**rest, **new, PREVIOUS: held[AUTHORITY[1]]}


def finished(held: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets without the previous authority."""
    return {name: secret for name, secret in held.items() if name != PREVIOUS}
