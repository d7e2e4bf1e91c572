"""A Celery application that knows nothing of Celeriac and declares what it uses."""

import os

from celery import Celery
from kombu import Exchange, Queue

app = Celery("hosted", broker=os.environ["BROKER_URL"])
app.conf.update(
    task_default_queue_type="quorum",
    task_default_exchange="tasks",
    task_default_exchange_type="topic",
    task_queues=[
        Queue(
            name,
            Exchange("tasks", type="topic"),
            routing_key=name,
            queue_arguments={"x-queue-type": "quorum"},
        )
        for name in os.environ["QUEUES"].split(",")
    ],
    broker_connection_retry_on_startup=True,
)
