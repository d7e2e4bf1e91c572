"""Description in, Celery's settings out."""

from __future__ import annotations

from typing import Any

import pytest

from celeriac.derive import runtime
from celeriac.description.model import Description
from tests.descriptions import HOSTED, SHOP, changed, describe


def celery(**changes: Any) -> dict[str, Any]:
    document = runtime.build(describe(**changes))
    assert document is not None
    settings: dict[str, Any] = document["celery"]
    return settings


def test_hosted_has_none() -> None:
    assert runtime.build(Description.model_validate(changed(SHOP, HOSTED))) is None


def test_queues() -> None:
    assert celery()["common"]["task_queues"] == [
        {
            "name": name,
            "exchange": "tasks",
            "exchange_type": "topic",
            "routing_key": name,
            "queue_arguments": {"x-queue-type": "quorum"},
        }
        for name in ("mail", "bulk")
    ]


def test_routes_go_by_module_the_deepest_first() -> None:
    routes = celery(queues__bulk__tasks=["shop", "shop.mail.bulk"])["common"]["task_routes"]
    assert list(routes.items()) == [
        ("shop.mail.bulk.*", {"queue": "bulk", "mandatory": True}),
        ("shop.mail.*", {"queue": "mail", "mandatory": True}),
        ("shop.*", {"queue": "bulk", "mandatory": True}),
        ("*", {"queue": "bulk", "mandatory": True}),
    ]


def test_celery_routes_as_meant() -> None:
    """Celery's own router, with these settings."""
    from celery import Celery
    from kombu import Exchange, Queue

    settings = celery()["common"]
    queues = [
        Queue(one["name"], Exchange(one["exchange"], type=one["exchange_type"]), one["routing_key"])
        for one in settings["task_queues"]
    ]
    app = Celery("shop")
    app.conf.update(settings | {"task_queues": queues})
    for task, queue in [
        ("shop.mail.send", "mail"),
        ("shop.bulk.count", "bulk"),
        ("celery.chord_unlock", "bulk"),
    ]:
        options = app.amqp.router.route({}, task)
        assert (options["queue"].name, options["mandatory"]) == (queue, True)


REST = {
    "imports": ["shop.mail", "shop.bulk"],
    "broker_transport_options": {"confirm_publish": True},
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_native_delayed_delivery_queue_type": "quorum",
    "task_acks_late": True,
    "task_create_missing_queues": False,
    # Once more, at once.
    "task_publish_retry": True,
    "task_publish_retry_policy": {
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.2,
        "interval_max": 0.2,
    },
    "task_default_exchange": "tasks",
    "task_default_exchange_type": "topic",
    "task_default_queue": "bulk",
    "task_default_queue_type": "quorum",
    "task_default_routing_key": "bulk",
    "task_reject_on_worker_lost": True,
    "task_send_sent_event": False,
    "task_track_started": True,
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "worker_enable_remote_control": False,
    "worker_send_task_events": False,
}


def test_other_settings() -> None:
    common = celery()["common"]
    assert {
        key: common[key] for key in sorted(common) if key not in ("task_queues", "task_routes")
    } == REST


@pytest.mark.parametrize("process", ["web", "beat", "relay", "operations", "pool-mail"])
def test_publishers_wait_four_seconds(process: str) -> None:
    assert celery(pools__mail__via="direct")["processes"][process] == {
        "broker_transport_options": {
            "confirm_publish": True,
            "read_timeout": 4,
            "write_timeout": 4,
            "max_retries": 1,
            "interval_start": 0.2,
            "interval_step": 0,
            "interval_max": 0.2,
        },
    }


@pytest.mark.parametrize("process", ["pool-mail", "pool-bulk"])
def test_workers_wait_for_tasks_as_long_as_it_takes(process: str) -> None:
    assert celery()["processes"][process] == {}


def test_celery_knows_every_setting() -> None:
    from celery.app.defaults import SETTING_KEYS

    settings = celery()
    names = {*settings["common"], *(key for own in settings["processes"].values() for key in own)}
    assert names <= set(SETTING_KEYS)


def publishing(**changes: Any) -> dict[str, Any]:
    document = runtime.build(describe(**changes))
    assert document is not None
    found: dict[str, Any] = document["publishing"]
    return found


def test_who_publishes_how() -> None:
    assert publishing(web__via="direct") == {
        "processes": {
            "web": "direct",
            "beat": "outbox",
            "pool-mail": "outbox",
            "pool-bulk": "outbox",
            "relay": "direct",
            "operations": "outbox",
        },
        "queues": ["mail", "bulk"],
        "writers": {
            "shop-web": ["mail", "bulk"],
            "shop-web.b": ["mail", "bulk"],
            "shop-beat": ["bulk"],
            "shop-beat.b": ["bulk"],
            "shop-pool-mail": ["mail"],
            "shop-pool-mail.b": ["mail"],
            "shop-pool-bulk": ["mail", "bulk"],
            "shop-pool-bulk.b": ["mail", "bulk"],
            "shop": ["mail", "bulk"],
        },
        "message_limit": 1024 * 1024,
    }


def test_without_an_outbox_operators_publish_directly_too() -> None:
    direct = {f"{path}__via": "direct" for path in ("web", "beat", "pools__mail", "pools__bulk")}
    assert set(publishing(**direct)["processes"].values()) == {"direct"}
    assert "relay" not in publishing(**direct)["processes"]


def test_every_process_has_its_settings() -> None:
    assert list(celery()["processes"]) == list(publishing()["processes"])
