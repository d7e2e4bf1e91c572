"""In which queue the reference application's tasks arrive, seen by pika."""

import pytest

from tests.integration.applications import Application
from tests.integration.waiting import wait_for

QUEUES = {
    "celery_tasks.mail": "mail",
    "celery_tasks.flash_sale": "flash-sale",
    "celery_tasks.reports": "reports",
}


@pytest.mark.parametrize("process", ["web", "beat"])
def test_every_task_arrives_in_its_modules_queue(shop: Application, process: str) -> None:
    shop.relay().wait_ready()
    publisher = shop.publisher(process)
    tasks = publisher.tasks("celery_tasks.")
    assert {name.rpartition(".")[0] for name in tasks} == set(QUEUES)
    arrived = {}
    for name, arguments in tasks.items():
        published = publisher.publish(name, *[None] * arguments)
        (queue,) = wait_for(lambda: shop.broker.queues_with_messages(shop.vhost), f"{name} arrives")
        assert shop.broker.take(shop.vhost, queue)["headers"]["id"] == published["id"]
        arrived[name] = queue
    assert arrived == {name: QUEUES[name.rpartition(".")[0]] for name in tasks}


def test_a_delayed_task_arrives_in_its_queue_alone(shop: Application) -> None:
    shop.relay().wait_ready()
    published = shop.publisher().publish(
        "celery_tasks.mail.send_register_active_mail", 1, countdown=1
    )
    assert "id" in published
    assert shop.broker.take(shop.vhost, "mail")["headers"]["id"] == published["id"]
    assert shop.broker.queues_with_messages(shop.vhost) == []
