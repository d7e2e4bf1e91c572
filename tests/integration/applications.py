"""An application under test: its description, its virtual host and its processes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from celeriac.derive import commands, names, rabbitmq, runtime
from celeriac.derive.roles import roles
from celeriac.description.loading import load
from celeriac.description.model import Description
from tests.integration.broker import Broker
from tests.integration.database import Database
from tests.integration.systemd import Unit

ENVIRONMENT = "tests"


@dataclass
class Application:
    """Starts processes as the units of a deploy would."""

    folder: Path
    description: Description
    broker: Broker
    document: Path
    credentials: dict[str, str]
    database: Database | None = None
    started: list[Unit] = field(default_factory=list)

    @classmethod
    def deployed(
        cls, folder: Path, broker: Broker, state: Path, credentials: dict[str, str]
    ) -> "Application":
        """Write the runtime document and declare the objects that the description derives."""
        description = load(folder / "celeriac.yml")
        document = state / f"{description.application}.json"
        document.write_text(json.dumps(runtime.build(description)))
        application = cls(folder, description, broker, document, credentials)
        application.declare()
        return application

    def declare(self) -> None:
        self.broker.declare(rabbitmq.build(self.description, ENVIRONMENT, self.canaries))

    @property
    def canaries(self) -> dict[str, list[str]]:
        """The private queues of the workers that `worker` starts."""
        return {
            names.pool_process(pool): [names.canary_queue(pool, "host", 1)]
            for pool in self.description.pools
            if self.description.integrated
        }

    @property
    def vhost(self) -> str:
        return names.virtual_host(self.description.application, ENVIRONMENT)

    def user(self, process: str) -> str:
        return names.broker_user(self.description.application, process)

    def url(self, process: str, port: int | None = None) -> str:
        return self.broker.url(self.vhost, self.user(process), port)

    def environment(self, process: str) -> dict[str, str]:
        return {
            "CELERIAC_RUNTIME": str(self.document),
            "CELERIAC_PROCESS": process,
            "DJANGO_SETTINGS_MODULE": self.description.django.settings,
        }

    def worker(self, pool: str, *options: str, **settings: Any) -> Unit:
        """A worker of the pool; options are added to its command."""
        command = [*commands.worker(self.description, pool, 1, "host"), *options]
        return self.start(names.pool_process(pool), command, ready="worker", **settings)

    def start(
        self,
        process: str,
        command: list[str],
        *,
        ready: str,
        broker_url: str | None = None,
        database_port: int | None = None,
        folder: Path | None = None,
        dialogue: bool = False,
        variables: Mapping[str, str] | None = None,
    ) -> Unit:
        """Start a process; `database_port` is of another way to the database, on this machine.

        `variables` are more of its environment.
        """
        credentials = dict(self.credentials)
        if broker_url or self._talks_to_the_broker(process):
            credentials["BROKER_URL"] = broker_url or self.url(process)
        if self.database:
            credentials["DATABASE_URL"] = self.database.url(process, database_port)
        unit = Unit(
            command,
            ready=ready,
            folder=folder or self.folder,
            environment={**self.environment(process), **(variables or {})},
            credentials=credentials,
            dialogue=dialogue,
        )
        self.started.append(unit)
        return unit

    def manage(self, process: str, *command: str, **settings: Any) -> str:
        """Run a management command to its end; return what it printed."""
        unit = self.start(
            process, [*self.description.django.manage, *command], ready="none", **settings
        )
        assert unit.wait(60) == 0, unit.log
        return unit.log

    def publisher(self, process: str = "web", **settings: Any) -> "Publisher":
        module = self.description.celery.application
        command = ["python", "-m", "tests.integration.publisher", module]
        return Publisher(self.start(process, command, ready="none", dialogue=True, **settings))

    def relay(self, **settings: Any) -> Unit:
        """What stands in the outbox is sent from now on."""
        return self.start(
            "relay", [*self.description.django.manage, "relay"], ready="self", **settings
        )

    def _talks_to_the_broker(self, process: str) -> bool:
        return any(role.broker for role in roles(self.description) if role.process == process)

    def remove_units(self) -> None:
        """End what a test has started; the logs show in the report of a failed test."""
        while self.started:
            unit = self.started.pop()
            print(f"\n---- {' '.join(unit.process.args[6:])}\n{unit.log}")
            unit.remove()


class Publisher:
    """A process of the application that publishes on request, with the settings of its process."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def publish(self, task: str, *arguments: Any, **options: Any) -> dict[str, Any]:
        """Return `id`, or `error` (the exception's name) and `text`; `seconds` always."""
        return self._ask({"task": task, "args": arguments, "options": options})

    def apply(self, signature: Mapping[str, Any]) -> dict[str, Any]:
        """As `publish`, for whatever Celery's canvas makes, JSON."""
        return self._ask({"signature": signature})

    def tasks(self, prefix: str) -> dict[str, int]:
        """Return the names of the application's tasks with the number of arguments each needs."""
        return self._ask({"prefix": prefix})

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        requests, answers = self._unit.process.stdin, self._unit.process.stdout
        assert requests and answers
        print(json.dumps(request), file=requests, flush=True)
        answer = answers.readline()
        assert answer, self._unit.log
        return json.loads(answer)
