"""The derived document of the tests' application, and where it runs."""

from __future__ import annotations

from typing import Any

from celeriac.derive.document import build
from tests.descriptions import describe, inventory

WHERE = inventory(
    {"two": {"mail": 2}, "three": {"bulk": 1, "mail": 1}},
    web=["one", "two"],
    beat=["two"],
    relay=["four", "three"],
)


def document(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = build(describe(**changes), WHERE)["celeriac"]
    return found


DIRECT = {f"{path}__via": "direct" for path in ("web", "beat", "pools__mail", "pools__bulk")}
