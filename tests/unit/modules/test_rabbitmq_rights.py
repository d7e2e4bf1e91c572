"""What a deploy leaves to older releases at the broker."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.modules.loading import shared
from tests.unit.modules.test_rabbitmq_plan import KINDS, VHOST

rights = shared("celeriac_rabbitmq_rights")
plan = shared("celeriac_rabbitmq_plan")
DELAYED = r"^([01]\.){28}"


@pytest.mark.parametrize(
    ("was", "wanted", "both"),
    [
        ("^(mail)$", "^(mail)$", "^(mail)$"),
        ("^(mail|bulk)$", "^(mail)$", "^(mail|bulk)$"),
        ("^(mail)$", "^(mail|bulk)$", "^(mail|bulk)$"),
        ("^(mail)$", "^(bulk)$", "^(bulk|mail)$"),
        ("^(bulk|mail)$", "^(mail|bulk)$", "^(mail|bulk)$"),
        ("^(mail)$", "^$", "^(mail)$"),
        ("^$", "^(mail)$", "^(mail)$"),
        ("^$", "^$", "^$"),
        (f"{DELAYED}(mail)$", f"{DELAYED}(bulk)$", f"{DELAYED}(bulk|mail)$"),
        (f"{DELAYED}(mail)$", "^$", f"{DELAYED}(mail)$"),
        # A hosted application becomes an integrated one, and back.
        (".*", "^(mail)$", ".*"),
        (".*", "^$", ".*"),
        ("^(mail)$", ".*", ".*"),
        # By hand, or of another version of the kit: not a release's.
        ("mail.*", "^(bulk)$", "^(bulk)$"),
        ("mail.*", "^$", "^$"),
        ("", "^(bulk)$", "^(bulk)$"),
        (f"{DELAYED}(mail)$", "^(mail)$", "^(mail)$"),
    ],
)
def test_a_pattern_of_both(was: str, wanted: str, both: str) -> None:
    assert rights.pattern(was, wanted) == both
    # A second deploy of the same release changes nothing.
    assert rights.pattern(both, wanted) == both


@pytest.mark.parametrize(
    ("was", "wanted", "both"),
    [
        ({"consumer-timeout": 2_000_000}, {"consumer-timeout": 60_000}, {"consumer-timeout": 2_000_000}),
        ({"consumer-timeout": 60_000}, {"consumer-timeout": 2_000_000}, {"consumer-timeout": 2_000_000}),
        # RabbitMQ's own half an hour.
        ({}, {"consumer-timeout": 60_000}, {}),
        ({}, {"consumer-timeout": 2_000_000}, {"consumer-timeout": 2_000_000}),
        ({"consumer-timeout": 2_000_000}, {}, {"consumer-timeout": 2_000_000}),
        ({"consumer-timeout": 60_000}, {}, {}),
        ({"delivery-limit": 9, "max-length": 1}, {"delivery-limit": 5}, {"delivery-limit": 5}),
    ],
)  # fmt: skip
def test_a_policy_of_both(
    was: dict[str, int], wanted: dict[str, int], both: dict[str, int]
) -> None:
    properties = {"pattern": "^mail$", "priority": 1}
    found = rights.both("policy", {"definition": was}, {**properties, "definition": wanted})
    assert found == {**properties, "definition": both}


THERE: dict[str, Any] = {
    "permissions": [{"user": "shop-web", "configure": "^$", "write": "^(tasks)$", "read": "^$"}],
    "topic_permissions": [
        {"user": "shop-web", "exchange": "tasks", "write": "^(mail|bulk)$", "read": "^$"}
    ],
}


def compared(keep: bool, **wanted: Any) -> Any:
    nothing: dict[str, Any] = {kind: [] for kind in KINDS}
    there = {kind: [{"vhost": "shop", **one} for one in all_] for kind, all_ in THERE.items()}
    objects = {"vhost": VHOST, **nothing, **THERE, **wanted}
    definitions = {**nothing, "vhosts": [VHOST], **there}
    return plan.compare(objects, {}, definitions, complete=True, keep=keep)


def publishes(keys: str) -> list[dict[str, str]]:
    return [{**THERE["topic_permissions"][0], "write": keys}]


def test_a_queue_that_is_published_to_no_more() -> None:
    during = compared(True, topic_permissions=publishes("^(mail)$"))
    assert (during.changes, during.kept) == ([], ["topic permission shop-web on tasks"])
    (change,) = compared(False, topic_permissions=publishes("^(mail)$")).changes
    assert change.summary == "change topic permission shop-web on tasks"
    assert change.thing.properties["write"] == "^(mail)$"


def test_another_queue_comes_and_one_goes() -> None:
    during = compared(True, topic_permissions=publishes("^(news|mail)$"))
    (change,) = during.changes
    assert change.thing.properties["write"] == "^(news|mail|bulk)$"
    assert during.kept == ["topic permission shop-web on tasks"]


def test_what_only_grows_leaves_nothing_to_take_away() -> None:
    during = compared(True, topic_permissions=publishes("^(mail|bulk|news)$"))
    assert (len(during.changes), during.kept) == (1, [])


def test_who_publishes_nothing_any_more() -> None:
    nothing = {**THERE["permissions"][0], "write": "^$"}
    during = compared(True, permissions=[nothing], topic_permissions=publishes("^$"))
    assert during.changes == []
    assert during.kept == ["topic permission shop-web on tasks", "permission shop-web"]
