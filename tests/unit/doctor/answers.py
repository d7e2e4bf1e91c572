"""What a host in good order says of itself."""

from __future__ import annotations

from typing import Any

from celeriac.doctor.asking import Answer

FACTS: dict[str, Any] = {
    "user": 0,
    "distribution": "debian",
    "release": "13",
    "python": "3.13.5",
    "memory": 4000,
    "memory_free": 3000,
    "disk_free": 20000,
    "certificates": {},
    "unknown_names": [],
}


def answer(host: str = "one", clock: float = 0.01, uncertain: float = 0.01, **facts: Any) -> Answer:
    return Answer(host, True, facts=FACTS | facts, clock=clock, uncertain=uncertain)
