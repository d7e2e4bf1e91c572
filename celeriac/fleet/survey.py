"""Asks a fleet how it stands: each host once, and one running node of the broker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from celeriac.derive import names
from celeriac.fleet.ask import Answer, ask, script
from celeriac.fleet.loading import Fleet


@dataclass(frozen=True)
class Survey:
    """The hosts' answers, and the broker's: ``broker`` is None where no node answered.

    ``refusals`` says of each node that was asked in vain why it did not answer.
    """

    answers: Mapping[str, Answer]
    broker: Mapping[str, Any] | None = None
    refusals: Mapping[str, str] = field(default_factory=dict)

    @property
    def silent(self) -> dict[str, str]:
        """Return the hosts that did not answer, with the reason."""
        return {host: each.reason for host, each in self.answers.items() if each.said is None}


def survey(
    fleet: Fleet, hosts: Sequence[str], broker: Sequence[str] = (), *, processes: bool = False
) -> Survey:
    """Ask the hosts for the application's units, and the broker for ``broker``.

    The broker is asked on its first host, in the same connection where that is one of
    ``hosts``, and on the next only if it does not answer.
    """
    nodes = fleet.brokers if broker else []
    first = [host for host in nodes[:1] if host not in hosts]
    answers = ask(
        {
            host: _question(
                fleet,
                host,
                units=host in hosts,
                edge=host in hosts and host in fleet.edges,
                processes=processes,
                broker=broker if host in nodes[:1] else (),
            )
            for host in [*hosts, *first]
        }
    )
    refusals: dict[str, str] = {}
    for node in nodes:
        answer = answers.get(node) if node in nodes[:1] else None
        if answer is None:
            answer = ask({node: _question(fleet, node, units=False, broker=broker)})[node]
        said = answer.said["broker"] if answer.said else {"error": answer.reason}
        if "error" not in said:
            return Survey({host: answers[host] for host in hosts}, said, refusals)
        refusals[node] = said["error"]
    return Survey({host: answers[host] for host in hosts}, None, refusals)


def _question(
    fleet: Fleet,
    host: str,
    *,
    units: bool,
    broker: Sequence[str],
    processes: bool = False,
    edge: bool = False,
) -> tuple[list[str], str]:
    question = {
        "application": fleet.application,
        "root": fleet.document["root"],
        "state": names.state(fleet.application),
        "vhost": fleet.document["broker"]["vhost"],
        "units": units,
        "processes": processes,
        "edge": edge,
        "broker": list(broker),
    }
    command, text = script("probe", question)
    return fleet.reach(host, command), text
