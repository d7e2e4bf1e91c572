"""Celery's consumer without the step that declares delayed delivery.

The deploy has declared every exchange, queue and binding, and the broker
user of a pool may not configure anything. Celery's step would log CRITICAL
at each start and carry on.
"""

from celery.worker.consumer import Consumer as CeleryConsumer

DECLARING_STEP = "celery.worker.consumer.delayed_delivery:DelayedDelivery"


class Consumer(CeleryConsumer):  # type: ignore[misc]
    class Blueprint(CeleryConsumer.Blueprint):  # type: ignore[misc]
        """Celery's steps but one."""

        default_steps = [
            step for step in CeleryConsumer.Blueprint.default_steps if step != DECLARING_STEP
        ]
