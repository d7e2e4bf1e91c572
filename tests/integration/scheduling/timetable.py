"""The application with a schedule: its database, its entries and its beats."""

import json
import signal
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from celeriac.derive import commands, runtime
from celeriac.description.loading import load
from celeriac.description.model import Description
from tests.integration.containers import ROOT
from tests.integration.database import Database
from tests.integration.systemd import Unit
from tests.integration.waiting import wait_for

FOLDER = Path(__file__).parents[1] / "timetable"
NOTE = "timetable.tasks.note"
# What beat ends with when it has lost the lead.
LOST = 69


@dataclass
class Timetable:
    """Its processes have the database, each with its own role, and no broker."""

    description: Description
    database: Database
    document: Path
    started: list[Unit] = field(default_factory=list)

    @classmethod
    def deployed(cls, administrator: str, state: Path) -> "Timetable":
        description = load(FOLDER / "celeriac.yml")
        document = state / "celeriac.json"
        document.write_text(json.dumps(runtime.build(description)))
        timetable = cls(description, Database(administrator, description), document)
        timetable.database.create()
        migration = timetable.start("operations", ["python", "-m", "django", "migrate"], "none")
        assert migration.wait(60) == 0, migration.log
        return timetable

    def start(self, process: str, command: list[str], ready: str, port: int | None = None) -> Unit:
        """`port`: of another way to the database, on this machine."""
        unit = Unit(
            command,
            ready=ready,
            folder=FOLDER,
            environment={
                "CELERIAC_RUNTIME": str(self.document),
                "CELERIAC_PROCESS": process,
                "DJANGO_SETTINGS_MODULE": self.description.django.settings,
                "PYTHONPATH": f"{ROOT}:{FOLDER}",
            },
            credentials={"DATABASE_URL": self.database.url(process, port)},
        )
        self.started.append(unit)
        return unit

    def beat(self, port: int | None = None) -> Unit:
        assert self.description.beat
        command = commands.beat(self.description, self.description.beat)
        return self.start("beat", command, "beat", port)

    def leader(self, port: int | None = None) -> Unit:
        unit = self.beat(port).wait_ready()
        wait_for(lambda: leads(unit), "it leads")
        return unit

    def standby(self, port: int | None = None) -> Unit:
        unit = self.beat(port).wait_ready()
        assert unit.status.startswith("standby"), unit.log
        return unit

    def run(self, statement: str, *values: Any) -> None:
        with self.database.cursor() as cursor:
            cursor.execute(statement, values)

    def interval(self, every: int, period: str = "seconds") -> int:
        return self._insert("intervalschedule", {"every": every, "period": period})

    def clocked(self, at: datetime) -> int:
        return self._insert("clockedschedule", {"clocked_time": at})

    def entry(self, name: str, **fields: Any) -> int:
        """Add an entry as SQL would, and tell beat as django-celery-beat does."""
        common = {
            "task": NOTE, "args": "[]", "kwargs": "{}", "headers": "{}", "description": "",
            "enabled": True, "one_off": False, "total_run_count": 0, "date_changed": "now",
        }  # fmt: skip
        entry = self._insert("periodictask", common | {"name": name} | fields)
        self.tell_beat()
        return entry

    def change(self, name: str, **fields: Any) -> None:
        changes = ", ".join(f"{column} = %s" for column in fields)
        update = f"UPDATE django_celery_beat_periodictask SET {changes} WHERE name = %s"  # noqa: S608
        self.run(update, *fields.values(), name)
        self.tell_beat()

    def tell_beat(self) -> None:
        self.run(
            "INSERT INTO django_celery_beat_periodictasks VALUES (1, clock_timestamp())"
            " ON CONFLICT (ident) DO UPDATE SET last_update = clock_timestamp()"
        )

    def field_of(self, name: str, column: str) -> Any:
        query = f"SELECT {column} FROM django_celery_beat_periodictask WHERE name = %s"  # noqa: S608
        return self.database.rows(query, name)[0][0]

    def done_until(self, name: str) -> datetime:
        query = (
            "SELECT done_until FROM celeriac_entry_progress JOIN django_celery_beat_periodictask"
            " ON entry_id = id WHERE name = %s"
        )
        return self.database.rows(query, name)[0][0]

    def away_for(self, name: str, time: str) -> None:
        """As if no beat had run for so long."""
        self.run(
            "UPDATE celeriac_entry_progress SET done_until = now() - %s::interval WHERE entry_id ="
            " (SELECT id FROM django_celery_beat_periodictask WHERE name = %s)",
            time,
            name,
        )

    def now(self) -> datetime:
        return self.database.rows("SELECT clock_timestamp()")[0][0]

    def ticks(self, name: str, outcome: str = "sent") -> list[datetime]:
        query = "SELECT due FROM celeriac_tick WHERE entry_name = %s AND outcome = %s ORDER BY due"
        return [due for (due,) in self.database.rows(query, name, outcome)]

    def reasons(self, name: str) -> set[str]:
        query = "SELECT reason FROM celeriac_tick WHERE entry_name = %s AND outcome <> 'sent'"
        return {reason for (reason,) in self.database.rows(query, name)}

    def sent(self, name: str) -> int:
        """Tasks of an entry in the outbox."""
        query = "SELECT count(*) FROM celeriac_outbox WHERE headers ->> 'periodic_task_name' = %s"
        return self.database.rows(query, name)[0][0]

    def wait_for_ticks(self, name: str, number: int, outcome: str = "sent") -> list[datetime]:
        """Wait for so many ticks more than there are."""
        before = len(self.ticks(name, outcome))

        def more() -> list[datetime]:
            found = self.ticks(name, outcome)
            return found if len(found) >= before + number else []

        return wait_for(more, f"{number} more ticks of {name}")

    def empty(self) -> None:
        while self.started:
            unit = self.started.pop()
            print(f"\n---- status {unit.status!r}\n{unit.log}")
            unit.process.send_signal(signal.SIGCONT)
            unit.remove()
        self.run("TRUNCATE django_celery_beat_periodictask, celeriac_tick, celeriac_outbox CASCADE")

    def _insert(self, table: str, row: dict[str, Any]) -> int:
        columns, places = ", ".join(row), ", ".join(["%s"] * len(row))
        insert = f"INSERT INTO django_celery_beat_{table} ({columns}) VALUES ({places})"  # noqa: S608
        return self.database.rows(f"{insert} RETURNING id", *row.values())[0][0]


def leads(unit: Unit) -> bool:
    return unit.status.startswith("leads")


def contiguous(due: list[datetime], step: timedelta) -> bool:
    """Whether each due time follows the one before: none is missing, none is there twice."""
    return due == [due[0] + number * step for number in range(len(due))]
