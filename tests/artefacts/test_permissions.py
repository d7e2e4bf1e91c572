"""Description in, users and what they may do at the broker out."""

from __future__ import annotations

import re

from celeriac.derive import permissions
from celeriac.description.model import Description
from tests.descriptions import HOSTED, SHOP, changed, describe

DELAY = r"([01]\.){28}"
BOTH = "^(tasks|celery_delayed_27)$"
DIRECT = {f"{path}__via": "direct" for path in ("web", "beat", "pools__mail", "pools__bulk")}


def test_users() -> None:
    """Web and beat write into the outbox: they have none."""
    assert permissions.users(describe()) == [
        {"name": "shop-pool-mail", "secret": "broker.pool-mail", "tags": []},
        {"name": "shop-pool-bulk", "secret": "broker.pool-bulk", "tags": []},
        {"name": "shop-relay", "secret": "broker.relay", "tags": []},
        {"name": "shop-operations", "secret": "broker.operations", "tags": []},
    ]
    direct = [user["name"] for user in permissions.users(describe(**DIRECT))]
    assert direct == [
        "shop-web",
        "shop-beat",
        "shop-pool-mail",
        "shop-pool-bulk",
        "shop-operations",
    ]


def test_permissions() -> None:
    """Nobody declares; pools read, the relay writes, operators read and replay dead letters."""
    found = [tuple(row.values()) for row in permissions.permissions(describe())]
    assert found == [
        ("shop-pool-mail", "^$", "^$", "^(mail)$"),
        ("shop-pool-bulk", "^$", "^$", "^(bulk)$"),
        ("shop-relay", "^$", BOTH, "^$"),
        ("shop-operations", "^$", "^(tasks)$", "^(dead-letters)$"),
    ]


def test_topic_permissions() -> None:
    found = [tuple(row.values()) for row in permissions.topic_permissions(describe())]
    assert found == [
        ("shop-pool-mail", "tasks", "^$", "^$"),
        ("shop-pool-mail", "celery_delayed_27", "^$", "^$"),
        ("shop-pool-bulk", "tasks", "^$", "^$"),
        ("shop-pool-bulk", "celery_delayed_27", "^$", "^$"),
        ("shop-relay", "tasks", "^(mail|bulk)$", "^$"),
        ("shop-relay", "celery_delayed_27", f"^{DELAY}(mail|bulk)$", "^$"),
        ("shop-operations", "tasks", "^(mail|bulk)$", "^$"),
        ("shop-operations", "celery_delayed_27", "^$", "^$"),
    ]


def test_who_publishes_directly_may() -> None:
    """Its own keys; a pool those of the queues it consumes too, for there go its retries."""
    found = [tuple(row.values()) for row in permissions.permissions(describe(**DIRECT))]
    assert found == [
        ("shop-web", "^$", BOTH, "^$"),
        ("shop-beat", "^$", BOTH, "^$"),
        ("shop-pool-mail", "^$", BOTH, "^(mail)$"),
        ("shop-pool-bulk", "^$", BOTH, "^(bulk)$"),
        ("shop-operations", "^$", BOTH, "^(dead-letters)$"),
    ]
    keys = {
        row["user"]: row["write"]
        for row in permissions.topic_permissions(describe(**DIRECT))
        if row["exchange"] == "tasks"
    }
    assert keys == {
        "shop-web": "^(mail|bulk)$",
        "shop-beat": "^(bulk)$",
        "shop-pool-mail": "^(mail)$",
        "shop-pool-bulk": "^(mail|bulk)$",
        "shop-operations": "^(mail|bulk)$",
    }


def test_who_publishes_nothing_may_not_write() -> None:
    direct = describe(web__via="direct", web__publishes=[])
    assert next(iter(permissions.permissions(direct)))["write"] == "^$"


def test_a_delayed_key_as_kombu_writes_it_is_allowed() -> None:
    from kombu.transport.native_delayed_delivery import calculate_routing_key

    [allowed] = [
        row
        for row in permissions.topic_permissions(describe())
        if (row["user"], row["exchange"]) == ("shop-relay", "celery_delayed_27")
    ]
    assert re.search(allowed["write"], calculate_routing_key(90, "mail"))
    assert not re.search(allowed["write"], calculate_routing_key(90, "mails"))
    assert not re.search(allowed["write"], "mail")


def test_hosted_may_do_everything_in_its_own_virtual_host() -> None:
    hosted = Description.model_validate(changed(SHOP, HOSTED))
    for row in permissions.permissions(hosted):
        assert (row["configure"], row["write"], row["read"]) == (".*", ".*", ".*")
