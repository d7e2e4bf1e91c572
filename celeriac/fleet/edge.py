"""How the hosts of the edge see an application's web hosts: which of them get requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from celeriac.fleet.loading import Fleet
from celeriac.fleet.survey import Survey

# ``out``: a person or a restart took it out of the balance.
State = Literal["up", "down", "out"]


def view(fleet: Fleet, survey: Survey) -> list[dict[str, Any]]:
    """Return each host of the edge that answered; ``web`` is None where HAProxy does not run."""
    answers = {host: survey.answers[host].said for host in fleet.edges if host in survey.answers}
    return [
        {"host": host, "web": _states(said["edge"])}
        for host, said in answers.items()
        if said is not None
    ]


def problems(edges: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a sentence for each web host that an edge finds ill, and where no host is left."""
    for edge in edges:
        host, web = edge["host"], edge["web"]
        if web is None:
            yield f"{host}: HAProxy does not run: nobody comes in there"
            continue
        for name in _names(web, "down"):
            yield f"{host}: finds {name} ill, and sends nobody there"
        if not _names(web, "up"):
            yield f"{host}: no web host gets requests: people see 503 or 404"


def lines(edges: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each host of the edge."""
    return [f"edge: {edge['host']} {_text(edge['web'])}" for edge in edges]


def _text(web: Mapping[str, State] | None) -> str:
    if web is None:
        return "has no HAProxy that runs"
    parts = [f"sends to {', '.join(_names(web, 'up')) or 'nobody'}"]
    for state, said in (("out", "taken out"), ("down", "ill")):
        if names := _names(web, state):
            parts.append(f"{said}: {', '.join(names)}")
    return "; ".join(parts)


def _names(web: Mapping[str, State], state: str) -> list[str]:
    return [name for name, one in web.items() if one == state]


def _states(statuses: Mapping[str, str] | None) -> dict[str, State] | None:
    """Return HAProxy's words in ours: it says `UP 1/3` and `DOWN 1/2` on the way from one to another."""
    if statuses is None:
        return None
    return {name: _state(status) for name, status in statuses.items()}


def _state(status: str) -> State:
    if status.startswith(("DRAIN", "MAINT", "NOLB")):
        return "out"
    return "up" if status.startswith(("UP", "no check")) else "down"
