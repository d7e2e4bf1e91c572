"""When a deploy refuses a cluster, in which words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.modules.rabbitmq import A, B, C, cluster, nodes, queue, seen

from ansible.module_utils.celeriac_rabbitmq_verdict import (  # isort: skip
    degraded,
    forgotten,
    refused,
    replaced,
)

RUN = {"broker1": "running", "broker2": "running"}
TWO = nodes(A, B, stopped=(C,))
WITHOUT_C = queue(online=[A, B])


@pytest.mark.parametrize(
    ("third", "reason"),
    [
        ("stopped", f"{C} does not run (it is stopped)"),
        ("away", f"{C} does not run (its host was left out)"),
        ("silent", f"{C} does not run (its service runs and does not answer: it starts, or has paused"),
        ("running", f"{C} does not run (its own node says otherwise)"),
        # The deploy brings these back itself.
        ("fresh", None),
        ({"state": "stopped", "interrupted": True}, None),
    ],
)  # fmt: skip
def test_a_missing_node(third: str | dict[str, Any], reason: str | None) -> None:
    found = degraded(cluster(WITHOUT_C, of=TWO), seen(**RUN, broker3=third), None)
    assert [line[: len(reason or "")] for line in found] == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (cluster(of=nodes(A, B, C, mem_alarm=True)), f"{A} has an alarm for memory"),
        (cluster(of=nodes(A, B, C, disk_free_alarm=True)), f"{A} has an alarm for free disk"),
        (cluster(of=nodes(A, B, C, partitions=[C])), f"{A} is cut off from {C}"),
        (cluster(queue(online=[A])), "too few members run of the queues mail in shop"),
    ],
)
def test_what_else_is_not_whole(picture: Any, reason: str) -> None:
    (found,) = degraded(picture, seen(**RUN, broker3="running"), None)
    assert found.startswith(reason)


def test_a_whole_cluster() -> None:
    everyone = seen(**RUN, broker3="running")
    assert degraded(cluster(queue()), everyone, None) == []
    assert refused(cluster(queue()), everyone, stop_removed=False) == []


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        ([], "upgrade: run rabbitmqctl enable_feature_flag rabbitmq_4.0.0. Too early, it loses"),
        (["mail in shop"], "brings these queues up to date: mail in shop; then run rabbitmqctl"),
    ],
)
def test_the_feature_flag_of_an_upgrade(old: list[str], expected: str) -> None:
    (found,) = degraded(cluster(), seen(**RUN, broker3="running"), old)
    assert expected in found


@pytest.mark.parametrize(
    ("states", "of", "reason"),
    [
        (
            {"broker3": "running"},
            nodes(A, B),
            f"{C} runs and is not in the cluster of the others",
        ),
        (
            {"broker3": {"state": "stopped", "known": ["rabbit@elsewhere"]}},
            nodes(A, B),
            f"{C} holds the data of another broker",
        ),
        ({}, nodes(A, B, C), f"{C} is not in the inventory and runs. To remove it, stop it on broker3"),
        (
            {"broker3": {"state": "running", "cannot_roll": ["the Erlang cookie"]}},
            nodes(A, B, C),
            "A cluster cannot change the Erlang cookie on one node after the other",
        ),
    ],
)  # fmt: skip
def test_what_no_flag_makes_right(states: dict[str, Any], of: Any, reason: str) -> None:
    (found,) = refused(cluster(of=of), seen(**RUN, **states), stop_removed=False)
    assert found.startswith(reason)


def test_one_node_alone_may_change_anything() -> None:
    alone = seen(broker1={"state": "running", "cannot_roll": ["the Erlang cookie"]})
    assert refused(cluster(of=nodes(A)), alone, stop_removed=False) == []


def test_a_node_that_left_is_removed_when_nothing_is_lost() -> None:
    two = seen(**RUN)
    assert refused(cluster(WITHOUT_C, of=TWO), two, stop_removed=False) == []
    assert refused(cluster(queue()), two, stop_removed=True) == []
    (found,) = refused(cluster(queue((C,), online=[]), of=TWO), two, stop_removed=True)
    assert "without it messages would be lost: the queue mail in shop" in found


def test_of_two_nodes_the_deploy_itself_stops_the_one_that_leaves() -> None:
    (found,) = refused(cluster(of=nodes(A, B)), seen(broker1="running"), stop_removed=False)
    assert "To remove it, let the deploy stop it (`make deploy STOP_REMOVED_BROKERS=1`)" in found


def test_a_host_installed_anew() -> None:
    anew = seen(**RUN, broker3="fresh")
    assert replaced(cluster(WITHOUT_C, of=TWO), anew) == [C]
    assert refused(cluster(WITHOUT_C, of=TWO), anew, stop_removed=False) == []
    (found,) = refused(cluster(queue((C,), online=[]), of=TWO), anew, stop_removed=False)
    assert found.startswith(f"{C} was installed anew, and the cluster still counts on what it held")


@pytest.mark.parametrize(
    ("known", "expected"), [([A, C], [C]), ([C], []), (["rabbit@elsewhere"], [])]
)
def test_a_node_that_the_cluster_has_forgotten(known: list[str], expected: list[str]) -> None:
    states = seen(**RUN, broker3={"state": "stopped", "known": known})
    assert forgotten(cluster(of=nodes(A, B)), states) == expected
