"""`manage.py relay`: sends the tasks of the outbox to the broker, as a service of systemd."""

import os
import signal
from pathlib import Path
from typing import Any

from celery import current_app
from celery.exceptions import ImproperlyConfigured
from django.core.exceptions import ImproperlyConfigured as DjangoImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from celeriac import runtime
from celeriac.publishing.nodes import Nodes
from celeriac.publishing.relay import Relay
from celeriac.publishing.settings import OutboxSettings
from celeriac.publishing.signs import Signs
from celeriac.worker.errors import DOES_NOT_LOAD
from celeriac.worker.notify import Notifier


class Command(BaseCommand):  # type: ignore[misc]
    help = (
        "Sends the tasks of the outbox to the broker until SIGTERM. Several may run at the same "
        "time. It waits for a database or broker that is away."
    )
    # They belong to the deploy's steps; a relay has to start while the database is away.
    requires_system_checks: list[str] = []

    def handle(self, **_: Any) -> None:
        signs = Signs(Notifier.take(os.environ), _metrics_folder())
        signs.starting()
        try:
            relay = Relay(
                _nodes(),
                runtime.publishing(),
                current_app.conf.task_default_exchange,
                OutboxSettings.read().database,
                signs,
            )
        except (ImproperlyConfigured, DjangoImproperlyConfigured) as error:
            raise CommandError(str(error), returncode=DOES_NOT_LOAD) from error
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: relay.stop())
        relay.run()


def _nodes() -> Nodes:
    nodes = Nodes(current_app)
    if nodes.none:
        raise ImproperlyConfigured(
            "This process has no broker: the relay needs BROKER_URL (in celeriac.yml, "
            "`connections`: broker.url; in development, the variable itself)."
        )
    return nodes


def _metrics_folder() -> Path | None:
    folder = os.environ.get("RUNTIME_DIRECTORY")
    return Path(folder) if folder else None
