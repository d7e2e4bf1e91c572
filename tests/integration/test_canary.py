"""Canaries with real workers and a real broker: whose they are, when they run, what they prove."""

import json
from typing import Any

import pytest
from redis import Redis

from celeriac.derive import commands, names
from celeriac.worker import canary, identity
from tests.integration.applications import Application, Publisher
from tests.integration.systemd import Unit
from tests.integration.waiting import wait_for
from tests.integration.way import Way
from tests.unit.modules.loading import module

rabbitmq_consumers = module("rabbitmq_consumers")

HOLD, NOTE = "trial.tasks.slow.hold", "trial.tasks.quick.note"
OLD, NEW = "r1", "r2"


def worker(
    application: Application, pool: str, release: str, *options: str, run: str = "", **more: Any
) -> Unit:
    """Start a worker as the unit of a release does; `run` is systemd's name for this run of it."""
    variables = {
        canary.QUEUE: names.canary_queue(pool, "host", 1),
        identity.NAME: f"{names.worker_node(pool, 1, 'host')}/{release}",
        "CELERIAC_RELEASE": release,
        "INVOCATION_ID": run or f"of {release}",
    }
    command = [*commands.worker(application.description, pool, 1, "host"), *options]
    process = names.pool_process(pool)
    return application.start(process, command, ready="worker", variables=variables, **more)


def send(application: Application, pool: str, release: str = NEW, not_for: str = "") -> str:
    """Send a canary as the deploy does; return its id."""
    queue = names.canary_queue(pool, "host", 1)
    code, said, log = _send(application, queue, release, not_for)
    assert code == 0, log
    return str(json.loads(said)[queue])


def _send(application: Application, queue: str, release: str, not_for: str) -> tuple[int, str, str]:
    command = [
        "python",
        "-m",
        "celeriac.worker.canaries",
        application.description.celery.application,
    ]
    unit = application.start(names.OPERATIONS, command, ready="none", dialogue=True)
    wanted = [{"queue": queue, "release": release, "not_for": not_for}]
    said, _ = unit.process.communicate(json.dumps(wanted), timeout=30)
    return unit.process.returncode, said, unit.log


def answer(unit: Unit) -> dict[str, Any] | None:
    file = unit.runtime_directory / canary.ANSWER
    return json.loads(file.read_text()) if file.exists() else None


def answered(unit: Unit, sent: str) -> None:
    wait_for(lambda: answer(unit), f"the canary comes back; the log:\n{unit.log}")
    assert answer(unit) == {"canary": sent, "error": None}


@pytest.mark.parametrize("pool", ["prefork", "threads", "solo"])
def test_it_comes_back_before_the_first_real_task_has_ended(
    trial: Application, web: Publisher, board: Redis, pool: str
) -> None:
    """However many tasks wait, and however long they take."""
    for _ in range(8):
        web.publish(HOLD, "task")
    sent = send(trial, "slow")
    new = worker(trial, "slow", NEW, f"--pool={pool}")
    wait_for(lambda: board.llen("task:started") == 1, "the first real task runs")
    answered(new, sent)


def test_the_old_worker_gives_it_back_and_reads_on_what_is_its_own(
    trial: Application, web: Publisher, board: Redis
) -> None:
    old = worker(trial, "quick", OLD).wait_ready()
    sent = send(trial, "quick")
    queue = names.canary_queue("quick", "host", 1)
    wait_for(lambda: trial.broker.ready(trial.vhost, queue) == 1, "it went back")
    wait_for(lambda: f"Canceling queue {queue}" in old.log, "the old worker reads it no more")
    new = worker(trial, "quick", NEW).wait_ready()
    answered(new, sent)
    assert answer(old) is None
    new.stop()
    web.publish(NOTE, "notes")
    wait_for(lambda: board.llen("notes") == 1, "the old worker runs tasks")


def test_what_is_about_to_be_restarted_leaves_it_to_its_next_run(trial: Application) -> None:
    before = worker(trial, "quick", NEW, run="first").wait_ready()
    sent = send(trial, "quick", not_for="first")
    wait_for(lambda: "A canary of release r2 goes back" in before.log, "it goes back")
    before.stop()
    after = worker(trial, "quick", NEW, run="second").wait_ready()
    answered(after, sent)
    assert answer(before) is None


def test_a_newer_one_takes_the_place_of_one_that_nobody_answered(trial: Application) -> None:
    send(trial, "quick", release="failed")
    sent = send(trial, "quick")
    assert trial.broker.ready(trial.vhost, names.canary_queue("quick", "host", 1)) == 1
    answered(worker(trial, "quick", NEW).wait_ready(), sent)


def test_after_a_lost_connection_it_is_read_again(trial: Application, way: Way) -> None:
    way.open()
    url = trial.url("pool-quick", port=way.port)
    new = worker(trial, "quick", NEW, broker_url=url).wait_ready()
    way.close()
    wait_for(lambda: new.status.startswith("broker away"), "the connection is lost")
    sent = send(trial, "quick")
    way.open()
    answered(new, sent)


def test_it_asks_the_database(tally: Application) -> None:
    assert tally.database
    closed = Way(*tally.database.address)
    sent = send(tally, "stored")
    new = worker(tally, "stored", NEW, database_port=closed.port)
    told = wait_for(lambda: answer(new), "the canary comes back")
    assert told["canary"] == sent
    assert told["error"].startswith("OperationalError: ")
    assert "Connection refused" in told["error"]

    new.remove()
    tally.started.remove(new)
    sent = send(tally, "stored")
    answered(worker(tally, "stored", NEW), sent)


def test_it_leaves_no_result_and_the_status_names_real_queues_alone(
    trial: Application, board: Redis
) -> None:
    sent = send(trial, "quick")
    new = worker(trial, "quick", NEW).wait_ready()
    answered(new, sent)
    assert new.status == "consuming quick"
    assert not board.exists(f"celery-task-meta-{sent}")


def test_a_worker_without_canary_starts_as_before(trial: Application) -> None:
    """After a reboot nobody sends one."""
    new = worker(trial, "quick", NEW).wait_ready()
    assert new.stop() < 3.5


def test_where_no_queue_is_the_deploy_hears_of_it(trial: Application) -> None:
    """A slot that no deploy has provisioned. Its key is refused: nobody may use it."""
    code, _, log = _send(trial, "canary-quick-elsewhere-1", NEW, "")
    assert code == 1
    assert log.startswith("The broker did not take the canaries of the new workers: ")
    assert "Nothing was activated." in log
    assert len(log.splitlines()) == 1


def test_the_broker_tells_new_consumers_from_old_ones(trial: Application) -> None:
    def missing(release: str) -> list[str]:
        expected = {f"quick-1@host/{release}": ["quick"]}
        return rabbitmq_consumers.look(trial.broker.management, trial.vhost, expected)

    worker(trial, "quick", OLD).wait_ready()
    wait_for(lambda: not missing(OLD), "the broker sees the old worker")
    assert missing(NEW) == ["quick-1@host/r2 is not seen to consume quick"]
    new = worker(trial, "quick", NEW).wait_ready()
    wait_for(lambda: not missing(NEW), "the broker sees the new worker", seconds=10)
    new.stop()
    wait_for(lambda: missing(NEW), "the broker sees that it has gone")
