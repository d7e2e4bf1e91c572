"""Description in, users and what they may do at the broker out."""

from __future__ import annotations

import re

from celeriac.derive import permissions
from celeriac.description.model import Description
from tests.descriptions import HOSTED, SHOP, changed, describe

DELAY = r"([01]\.){28}"


def test_users() -> None:
    assert permissions.users(describe()) == [
        {"name": "shop-web", "secret": "broker.web", "tags": []},
        {"name": "shop-beat", "secret": "broker.beat", "tags": []},
        {"name": "shop-pool-mail", "secret": "broker.pool-mail", "tags": []},
        {"name": "shop-pool-bulk", "secret": "broker.pool-bulk", "tags": []},
    ]


def test_permissions() -> None:
    """Nobody declares, publishers do not read, a pool that publishes nothing does not write."""
    found = [tuple(row.values()) for row in permissions.permissions(describe())]
    assert found == [
        ("shop-web", "^$", "^(tasks|celery_delayed_27)$", "^$"),
        ("shop-beat", "^$", "^(tasks|celery_delayed_27)$", "^$"),
        ("shop-pool-mail", "^$", "^$", "^(mail)$"),
        ("shop-pool-bulk", "^$", "^(tasks|celery_delayed_27)$", "^(bulk)$"),
    ]


def test_topic_permissions() -> None:
    found = [tuple(row.values()) for row in permissions.topic_permissions(describe())]
    assert found == [
        ("shop-web", "tasks", "^(mail|bulk)$", "^$"),
        ("shop-web", "celery_delayed_27", f"^{DELAY}(mail|bulk)$", "^$"),
        ("shop-beat", "tasks", "^(bulk)$", "^$"),
        ("shop-beat", "celery_delayed_27", f"^{DELAY}(bulk)$", "^$"),
        ("shop-pool-mail", "tasks", "^$", "^$"),
        ("shop-pool-mail", "celery_delayed_27", "^$", "^$"),
        ("shop-pool-bulk", "tasks", "^(mail)$", "^$"),
        ("shop-pool-bulk", "celery_delayed_27", f"^{DELAY}(mail)$", "^$"),
    ]


def test_a_delayed_key_as_kombu_writes_it_is_allowed() -> None:
    from kombu.transport.native_delayed_delivery import calculate_routing_key

    [_, allowed, *_] = permissions.topic_permissions(describe())
    assert re.search(allowed["write"], calculate_routing_key(90, "mail"))
    assert not re.search(allowed["write"], calculate_routing_key(90, "mails"))
    assert not re.search(allowed["write"], "mail")


def test_hosted_may_do_everything_in_its_own_virtual_host() -> None:
    hosted = Description.model_validate(changed(SHOP, HOSTED))
    for row in permissions.permissions(hosted):
        assert (row["configure"], row["write"], row["read"]) == (".*", ".*", ".*")
