"""What the tests of the fleet's commands share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.fleet.hosts import Hosts, show

RELEASE = "20261122T091200-aaaaaaaaaa"
QUEUE = {
    "type": "quorum",
    "durable": True,
    "exclusive": "",
    "messages_ready": 0,
    "messages_unacknowledged": 0,
    "consumers": 1,
    "leader": "rabbit@one",
    "members": ["rabbit@one"],
    "online": ["rabbit@one"],
    "state": "running",
}


@pytest.fixture
def hosts(tmp_path: Path) -> Hosts:
    """Three hosts that nothing was deployed to."""
    return Hosts(tmp_path)


@pytest.fixture
def running(hosts: Hosts) -> Hosts:
    """The shop, deployed on all three: everything runs."""
    hosts.put("one", "units", show({f"web-shop@{RELEASE}": {}}))
    two = {
        f"beat-shop@{RELEASE}": {"StatusText": "leads, 4 entries"},
        f"relay-shop@{RELEASE}": {"StatusText": "0 waiting, 7 sent"},
        f"celery-shop-mail-1@{RELEASE}": {"StatusText": "consuming mail"},
        f"celery-shop-mail-2@{RELEASE}": {"StatusText": "consuming mail"},
        # Another application, whose name begins with this one's.
        f"celery-shop-mail-x-1@{RELEASE}": {"Slice": "celeriac-shop-mail.slice"},
    }
    hosts.put("two", "units", show(two))
    hosts.put("three", "units", show({f"celery-shop-bulk-1@{RELEASE}": {}}))
    delayed = {**QUEUE, "name": "celery_delayed_3", "messages_ready": 2, "consumers": 0}
    queues = [
        {
            **QUEUE,
            "name": "mail",
            "messages_ready": 12,
            "messages_unacknowledged": 2,
            "consumers": 2,
        },
        {**QUEUE, "name": "bulk"},
        {**QUEUE, "name": "dead-letters", "messages_ready": 1, "consumers": 0},
        {**QUEUE, "name": "canary-mail-worker1-1", "messages_ready": 1},
        delayed,
    ]
    hosts.put("one", "list_queues", queues)
    cluster = {"disk_nodes": ["rabbit@one"], "running_nodes": ["rabbit@one"], "alarms": []}
    hosts.put("one", "cluster_status", {**cluster, "partitions": {}})
    hosts.put("one", "list_channels", [])
    return hosts
