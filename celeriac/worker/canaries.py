"""Sends canaries, as the process `operations` of a release that a deploy is about to start.

    python -m celeriac.worker.canaries project.celery < canaries.json

Standard input is a list, one entry a worker; `not_for` names a process that is about to be
restarted, or is empty:

    [{"queue": "canary-mail-worker1-1", "release": "20261122T0912", "not_for": ""}]

Standard output is one line, queue to the id of its canary. Not a management command: an
application whose processes all publish directly has no Django app of the kit's. Ends with 1 where
the broker does not take one of them; what was sent by then does no harm.
"""

import argparse
import json
import sys
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from amqp.exceptions import AMQPError, MessageNacked
from celery import Celery
from kombu.exceptions import OperationalError
from kombu.messaging import Producer

from celeriac.worker.canary import NAME, NOT_FOR, RELEASE


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser("python -m celeriac.worker.canaries")
    parser.add_argument("application", help="the Celery application, as for celery --app")
    options = parser.parse_args(argv)
    from celery.app.utils import find_app

    wanted = json.load(sys.stdin)
    try:
        sent = send(find_app(options.application), wanted)
    except (OperationalError, AMQPError, MessageNacked, OSError) as error:
        sys.exit(
            f"The broker did not take the canaries of the new workers: {error}. Nothing was "
            "activated. Look at the broker: `celeriac status -e ENV`. Where hosts or slots are new and no "
            "deploy has made their queues yet (NO_ROUTE), deploy; a rollback makes none."
        )
    sys.stdout.write(json.dumps(sent) + "\n")


def send(app: Celery, wanted: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Publish one canary to each queue; each is safe there when this returns.

    Past the outbox: no relay has to run for it. Raises the broker's errors, also where a queue
    is not there.
    """
    sent = {}
    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, reraise_as_library_errors=True)
        producer = Producer(connection.channel())  # type: ignore[no-untyped-call]
        for one in wanted:
            sent[one["queue"]] = _publish(app, producer, one)
    return sent


def _publish(app: Celery, producer: Any, one: Mapping[str, str]) -> str:
    canary = str(uuid.uuid4())
    # Said in the message, too: what that says goes before what the task says.
    message = app.amqp.as_task_v2(canary, NAME, args=(canary,), kwargs={}, ignore_result=True)
    producer.publish(
        message.body,
        exchange=app.conf.task_default_exchange,
        routing_key=one["queue"],
        serializer=app.conf.task_serializer,
        headers=message.headers | {RELEASE: one["release"], NOT_FOR: one["not_for"]},
        mandatory=True,
        retry=False,
        delivery_mode="persistent",
        **message.properties,
    )
    return canary


if __name__ == "__main__":
    main()
