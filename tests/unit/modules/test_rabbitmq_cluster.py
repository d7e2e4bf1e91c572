"""What the answers of the management API mean."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.modules.rabbitmq import A, B, C, D, cluster, nodes, queue

from ansible.module_utils.celeriac_rabbitmq_cluster import (  # isort: skip
    dispensable,
    lacking,
    old_machines,
    some,
    uneven,
    why_not_removed,
)


def classic(node: str, **changed: Any) -> dict[str, Any]:
    own = {"type": "classic", "node": node, "members": None, "online": None, "leader": None}
    return queue() | own | changed


@pytest.mark.parametrize(
    ("online", "expected"), [((A, B, C), True), ((A, B), True), ((A,), False), ((), False)]
)
def test_most_members_are_a_quorum(online: tuple[str, ...], expected: bool) -> None:
    (found,) = cluster(queue(online=list(online))).queues
    assert found.has_quorum() is expected


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (queue(online=[A, B]), None),
        (queue((A, B)), None),
        (queue((A, B, C), online=[A]), "the queue mail in shop has too few other members that run"),
        (queue((C,), online=[]), "the queue mail in shop has too few other members that run"),
        (classic(A), None),
        (classic(C), "the classic queue mail in shop is there and nowhere else"),
        (classic(C, exclusive=True), None),
        (classic(C, durable=False), None),
        (queue(type="stream"), "the stream queue mail in shop is there and nowhere else"),
    ],
)
def test_a_node_is_removed_only_if_nothing_is_lost(
    entry: dict[str, Any], reason: str | None
) -> None:
    picture = cluster(entry, of=nodes(A, B, stopped=(C,)))
    assert why_not_removed(picture, C) == ([reason] if reason else [])


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (queue(), True),
        # Of the two that stay, only one runs.
        (queue(online=[A, C]), False),
        # It has the only member: the others get one first.
        (queue((C,)), True),
        (classic(C), False),
    ],
)
def test_a_node_that_runs_is_removed_only_if_the_rest_can_do_without(
    entry: dict[str, Any], expected: bool
) -> None:
    assert (why_not_removed(cluster(entry), C) == []) is expected


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (queue(), True),
        (queue(online=[A, C]), False),
        (queue((A, C)), False),
        (queue((A, B)), True),
        (classic(C), True),
    ],
)
def test_a_node_is_dispensable_while_queues_keep_most_members(
    entry: dict[str, Any], expected: bool
) -> None:
    assert dispensable(cluster(entry), C) is expected


def test_what_lacks_members_and_where() -> None:
    picture = cluster(queue(), queue((A,), name="bulk"), classic(A, name="own"))
    found = [(one.name, node) for one, node in lacking(picture, [A, B, D])]
    assert found == [("mail", D), ("bulk", B), ("bulk", D)]


@pytest.mark.parametrize(
    ("leaders", "expected"),
    [
        ([], False),
        ([A, B, C], False),
        ([A, A, B, C], False),  # two are the share, rounded up
        ([A, A, C], True),
        ([A, A, A, B, C], True),
        ([A, A, B, B], False),
    ],
)
def test_leaders_are_uneven_when_rabbitmq_would_move_one(
    leaders: list[str], expected: bool
) -> None:
    queues = [queue(name=str(number), leader=node) for number, node in enumerate(leaders)]
    assert uneven(cluster(*queues)) is expected


class Flags:
    """A broker that answers about feature flags and queues."""

    def __init__(self, state: str, *versions: int) -> None:
        self.state, self.versions = state, versions

    def get(self, path: str) -> Any:
        if path == "feature-flags":
            return [{"name": "rabbitmq_4.0.0", "state": self.state}]
        assert path == "queues/quorum/shop/mail/status"
        return [{"Machine Version": version} for version in self.versions]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (Flags("enabled", 3), None),  # what is done cannot be asked about any more
        (Flags("disabled", 5, 5, 5), []),
        (Flags("disabled", 5, 3, 5), ["mail in shop"]),
    ],
)
def test_queues_too_old_for_the_feature_flag(flags: Any, expected: list[str] | None) -> None:
    assert old_machines(flags, cluster(queue())) == expected


def test_a_long_list_is_cut() -> None:
    assert some("cab") == "a, b, c"
    assert some("gfedcba") == "a, b, c, d, e and 2 more"
