"""What follows from what the hosts of a cluster said of their nodes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.modules.loading import filters

rabbitmq = filters("celeriac_rabbitmq")
HOSTS = ["broker1.example.org", "broker2", "broker3"]
NODES = ["rabbit@broker1", "rabbit@broker2", "rabbit@broker3"]


def hostvars(*states: str, **more: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The variables of the hosts; one without a state was left out of the run."""
    found: dict[str, dict[str, Any]] = {}
    for host, state in zip(HOSTS, states, strict=True):
        found[host] = {"__rabbitmq_look": {"state": state}} if state else {}
        found[host] |= more.get(host, {})
    return found


def test_nodes_are_called_after_short_names() -> None:
    assert list(map(rabbitmq.node, HOSTS)) == NODES


def test_hosts_that_were_not_asked_are_away() -> None:
    found = rabbitmq.seen(HOSTS, hostvars("running", "fresh", ""))
    assert [found[node]["state"] for node in NODES] == ["running", "fresh", "away"]


@pytest.mark.parametrize(("check_mode", "speaker"), [(False, "broker2"), (True, "")])
def test_a_node_without_the_password_speaks_once_it_has_it(check_mode: bool, speaker: str) -> None:
    nodes = rabbitmq.seen(HOSTS, hostvars("stopped", "locked", "fresh"), check_mode)
    assert rabbitmq.speaker(nodes) == speaker


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (hostvars("fresh", "fresh", "fresh"), []),
        # One after the other was started.
        (hostvars("fresh", "fresh", "fresh", broker2={"__rabbitmq_started": True}), NODES[1:2]),
        # A whole cluster was started at once.
        (hostvars("stopped", "stopped", "fresh"), NODES[:2]),
        # The cluster says who runs, not the hosts.
        (
            hostvars(
                "stopped", "running", "running", broker2={"__rabbitmq_cluster": {"running": NODES[1:]}}
            ),
            NODES[1:],
        ),
    ],
)  # fmt: skip
def test_who_runs_by_now(variables: dict[str, Any], expected: list[str]) -> None:
    assert rabbitmq.running(HOSTS, variables) == expected


@pytest.mark.parametrize(
    ("states", "own", "problem"),
    [
        (("fresh", "fresh", "fresh"), 0, ""),
        (("running", "silent", "away"), 1, ""),
        (("stopped", "silent", "away"), 1, ""),
        (("silent", "away", "away"), 0, "No node of the cluster answers. This one's service runs: it has paused"),
        (("fresh", "", "fresh"), 0, "This node is new, and whether there is a cluster to join is known by broker2 is"),
    ],
)  # fmt: skip
def test_what_keeps_a_node_from_being_touched(
    states: tuple[str, ...], own: int, problem: str
) -> None:
    nodes = rabbitmq.seen(HOSTS, hostvars(*states))
    found = rabbitmq.problems(nodes, NODES[own])
    assert [line[: len(problem)] for line in found] == ([problem] if problem else [])


def test_names_that_lead_nowhere() -> None:
    nodes = rabbitmq.seen(HOSTS, hostvars("fresh", "fresh", "fresh"))
    nodes[NODES[0]]["names"] = ["the name broker2 does not resolve"]
    assert rabbitmq.problems(nodes, NODES[0]) == [
        "RabbitMQ finds its nodes by name alone, and the name broker2 does not resolve. "
        "Correct /etc/hosts or the DNS."
    ]


def test_a_node_that_waits_for_one_that_left_the_inventory() -> None:
    nodes = rabbitmq.seen(HOSTS[:1], hostvars("silent", "", ""))
    nodes[NODES[0]]["known"] = NODES[:2]
    (found,) = rabbitmq.problems(nodes, NODES[0])
    assert "too few of the others (rabbit@broker2 is not in the inventory)" in found


def test_only_nodes_that_need_it_are_gone_through_one_after_the_other() -> None:
    found = {
        "broker1.example.org": {
            "__rabbitmq_needs": {"started": [], "restarted": [], "reloaded": ["x"]}
        },
        "broker2": {"__rabbitmq_needs": {"started": [], "restarted": ["rabbitmq-server.service"]}},
        "broker3": {},
    }
    assert rabbitmq.to_start(HOSTS, found) == ["broker2", "broker3"]
    assert rabbitmq.to_start(HOSTS, {}) == HOSTS


WHOLE: dict[str, Any] = {
    "__rabbitmq_cluster": {"settled": True},
    "__rabbitmq_plan": {"changes": []},
}
SKIPPED: dict[str, Any] = {"__rabbitmq_cluster": {"skipped": True}}


@pytest.mark.parametrize(
    ("asked", "other", "nobody"),
    [
        (WHOLE, SKIPPED, True),
        (WHOLE | {"__rabbitmq_cluster": {"settled": False}}, SKIPPED, False),
        (WHOLE | {"__rabbitmq_plan": {"changes": ["queue"]}}, SKIPPED, False),
        (WHOLE, SKIPPED | {"__rabbitmq_started": True}, False),
        (SKIPPED, SKIPPED, False),
        ({}, {}, False),
    ],
)
def test_a_cluster_that_is_whole_is_not_set_up(
    asked: dict[str, Any], other: dict[str, Any], nobody: bool
) -> None:
    hosts = ["broker1", "broker2"]
    found = rabbitmq.to_set_up(hosts, {"broker1": asked, "broker2": other})
    assert found == ([] if nobody else hosts)
