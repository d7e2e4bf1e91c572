"""What becomes of tasks, whatever happens to the worker that runs them."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from redis import Redis

from tests.integration.applications import Application, Publisher
from tests.integration.waiting import wait_for

NOTE = "trial.tasks.quick.note"
TWICE = "trial.tasks.quick.twice"
HOLD = "trial.tasks.slow.hold"

Outcome = Callable[[str], dict[str, Any]]


def started(board: Redis, times: int) -> list[int]:
    """Wait until `hold` has been started so often; return the processes that ran it."""
    wait_for(lambda: board.llen("task:started") == times, f"the task is started {times} times")
    return [int(number) for number in board.lrange("task:started", 0, -1)]


def test_django_is_set_up_before_task_modules_are_imported(
    trial: Application, web: Publisher, outcome: Outcome
) -> None:
    trial.worker("quick").wait_ready()
    published = web.publish("trial.tasks.quick.django_is_set_up")
    assert outcome(published["id"])["result"] is True


def test_waiting_retries_leave_the_only_process_free(
    trial: Application, web: Publisher, board: Redis
) -> None:
    """Retries wait at the broker: quorum queues and a topic exchange make that so."""
    trial.worker("quick").wait_ready()
    for _ in range(4):
        web.publish(TWICE, "runs", 4)
    wait_for(lambda: board.llen("runs") == 4, "the first runs")
    web.publish(NOTE, "runs")
    wait_for(lambda: board.llen("runs") == 9, "the second runs")
    assert board.lrange("runs", 0, -1) == ["run 0"] * 4 + ["note"] + ["run 1"] * 4


def test_a_killed_childs_task_runs_again(
    trial: Application, web: Publisher, board: Redis, outcome: Outcome
) -> None:
    worker = trial.worker("slow").wait_ready()
    published = web.publish(HOLD, "task")
    (first,) = started(board, 1)
    os.kill(first, signal.SIGKILL)
    _, second = started(board, 2)
    board.rpush("task:go", "go")
    assert outcome(published["id"])["result"] == "let go"
    assert second != first
    worker.stop()
    assert trial.broker.ready(trial.vhost, "slow") == 0, "the second run is acknowledged"


def test_a_killed_workers_message_is_ready_again(
    trial: Application, web: Publisher, board: Redis
) -> None:
    worker = trial.worker("slow").wait_ready()
    web.publish(HOLD, "task")
    (child,) = started(board, 1)
    worker.process.kill()
    wait_for(lambda: trial.broker.ready(trial.vhost, "slow") == 1, "the message is ready again")
    wait_for(lambda: not Path(f"/proc/{child}").exists(), "the child has ended too")


def test_a_stopping_worker_finishes_its_task(
    trial: Application, web: Publisher, board: Redis, outcome: Outcome
) -> None:
    worker = trial.worker("slow").wait_ready()
    running, waiting = web.publish(HOLD, "task"), web.publish(HOLD, "other")
    started(board, 1)
    worker.terminate()
    wait_for(lambda: worker.status.startswith("stopping"), "the worker says that it stops")
    assert "STOPPING=1" in worker.notifications[-1]
    assert "1 still running" in worker.status
    assert worker.process.poll() is None
    board.rpush("task:go", "go")
    assert worker.wait() == 0
    assert outcome(running["id"])["result"] == "let go"
    assert trial.broker.take(trial.vhost, "slow")["headers"]["id"] == waiting["id"]
    assert trial.broker.ready(trial.vhost, "slow") == 0
