"""How quickly tasks are published, and how the outbox and its relay keep up.

    python -m bench.publishing steps      each way to publish, messages/s and CPU
    python -m bench.publishing relay      rows/s through the relay
    python -m bench.publishing latency    commit to queue, idle and under load
    python -m bench.publishing snapshot   all of it while an old snapshot is open

Starts RabbitMQ and PostgreSQL in containers of its own. The figures of one machine compare
with each other; they do not travel.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2

from bench.ways import steps
from celeriac.publishing.message import CHANNEL
from tests.integration import containers
from tests.integration.broker import ADMINISTRATOR, Broker
from tests.integration.relaying.office import LETTERS, Office, insert, letter
from tests.integration.waiting import wait_for

# As those of a task without options.
HEADERS = {
    **dict.fromkeys(("shadow", "eta", "expires", "group", "group_index", "parent_id")),
    **{"lang": "py", "task": "parcels.tasks.deliver", "retries": 0, "timelimit": [None, None]},
    **{"argsrepr": "(1,)", "kwargsrepr": "{}", "origin": "gen1@bench", "ignore_result": True},
    **{"replaced_task_nesting": 0, "stamped_headers": None, "stamps": {}},
}
FILL = """
INSERT INTO celeriac_outbox (task_id, task, exchange, routing_key, body, content_type,
    content_encoding, headers, properties)
SELECT id, 'parcels.tasks.deliver', 'tasks', 'letters', '[[1], {}, {}]', 'application/json',
    'utf-8', %s::jsonb || jsonb_build_object('id', id, 'root_id', id),
    jsonb_build_object('correlation_id', id, 'delivery_mode', 2)
FROM (SELECT gen_random_uuid()::text AS id FROM generate_series(1, %s)) AS made
"""


@contextlib.contextmanager
def opened() -> Iterator[Office]:
    with (
        containers.rabbitmq(ADMINISTRATOR) as rabbitmq,
        containers.postgresql() as postgresql,
        tempfile.TemporaryDirectory() as state,
    ):
        broker = Broker.of(rabbitmq)
        wait_for(broker.answers, "RabbitMQ answers", seconds=60)
        office = Office.opened(broker, postgresql.get_connection_url(driver=None), Path(state))
        try:
            yield office
        finally:
            office.application.remove_units()


def relay(office: Office, count: int) -> None:
    office.relay().wait_ready()
    tell_drained("relay", office, count)


def tell_drained(name: str, office: Office, count: int) -> None:
    """Commit rows at once, and tell how quickly they leave."""
    fill(office, count)
    since = time.monotonic()
    office.notify()
    office.wait_sent(seconds=600)
    seconds = time.monotonic() - since
    size = office.database.rows("SELECT pg_total_relation_size('celeriac_outbox') / 1048576")[0][0]
    print(f"{name:40} {count / seconds:8.0f} rows/s, table and indexes {size} MiB", flush=True)
    office.broker.empty(office.vhost)


def fill(office: Office, count: int) -> None:
    headers = json.dumps(HEADERS)
    with office.transaction() as cursor:
        cursor.execute(FILL, [headers, count])


def latency(office: Office, _: int) -> None:
    office.relay().wait_ready()
    tell_latencies(office)


def tell_latencies(office: Office) -> None:
    for name, pause, number in (("idle", 0.3, 100), ("200 rows/s", 0.005, 4000)):
        times = measured(office, number, pause)
        cuts = statistics.quantiles(times, n=100)
        print(
            f"{name:40} p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms, "
            f"worst {max(times) * 1000:.1f} ms",
            flush=True,
        )


def measured(office: Office, number: int, pause: float) -> list[float]:
    """Return the seconds from each commit until a consumer has the message."""
    committed: dict[str, float] = {}
    arrived: dict[str, float] = {}

    def consume() -> None:
        with office.broker.channel(office.vhost) as channel:
            found = channel.consume(LETTERS, auto_ack=True)
            for _, properties, _ in itertools.islice(found, number):
                arrived[properties.headers["id"]] = time.monotonic()

    consumer = threading.Thread(target=consume)
    consumer.start()
    notifier = psycopg2.connect(office.database.url("web"))
    notifier.autocommit = True
    next_at = time.monotonic()
    with office.transaction() as cursor, notifier.cursor() as other:
        for _ in range(number):
            each = letter()
            insert(cursor, each)
            cursor.connection.commit()
            committed[each["task_id"]] = time.monotonic()
            other.execute(f"NOTIFY {CHANNEL}")
            next_at += pause
            time.sleep(max(0.0, next_at - time.monotonic()))
    consumer.join()
    return [arrived[task_id] - since for task_id, since in committed.items()]


def snapshot(office: Office, count: int) -> None:
    """What two hours of 70 rows/s do while a report or a backup holds its snapshot."""
    office.relay().wait_ready()
    part = count // 10
    tell_drained("before", office, part)
    reader = psycopg2.connect(office.database.administrator, dbname=office.database.name)
    reader.set_session(isolation_level="REPEATABLE READ", readonly=True)
    reader.cursor().execute("SELECT count(*) FROM celeriac_outbox")
    for number in range(1, 11):
        tell_drained(f"snapshot open, {number * part} rows sent", office, part)
    print_claim(office)
    tell_latencies(office)
    reader.close()
    since = time.monotonic()
    wait_for(lambda: dead_rows(office) < 1000, "autovacuum has cleaned up", seconds=180)
    print(f"{'snapshot closed, cleaned after':40} {time.monotonic() - since:8.0f} s")
    for _ in range(2):
        tell_drained("after", office, part)


def dead_rows(office: Office) -> int:
    statement = "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'celeriac_outbox'"
    found: int = office.database.rows(statement)[0][0]
    return found


def print_claim(office: Office) -> None:
    """What a claim costs that begins at the first row, as a sweep does."""
    plan = office.database.rows(
        "EXPLAIN (ANALYZE, BUFFERS OFF) SELECT id FROM celeriac_outbox WHERE id > 0 ORDER BY id LIMIT 500"
    )
    print(f"{'a look at the whole table':40} {plan[-1][0].strip()}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    ways: dict[str, tuple[Callable[[Office, int], None], int]] = {
        "steps": (steps, 40_000),
        "relay": (relay, 50_000),
        "latency": (latency, 0),
        "snapshot": (snapshot, 500_000),
    }
    parser.add_argument("what", choices=ways)
    parser.add_argument("--count", type=int, help="messages")
    options = parser.parse_args()
    way, count = ways[options.what]
    with opened() as office:
        way(office, options.count or count)
    return 0


if __name__ == "__main__":
    sys.exit(main())
