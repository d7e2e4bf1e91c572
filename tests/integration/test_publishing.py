"""What a publisher is told when a task does not reach its queue."""

from tests.integration.applications import Application
from tests.integration.way import Way

NOTE = "trial.tasks.quick.note"
HOLD = "trial.tasks.slow.hold"
NOWHERE = "trial.tasks.gone.nowhere"


def test_a_broker_that_is_away_is_an_error_within_seconds(trial: Application, way: Way) -> None:
    web = trial.publisher(broker_url=trial.url("web", port=way.port))
    answer = web.publish(NOTE, "notes")
    assert answer["error"] == "OperationalError"
    assert answer["seconds"] < 2


def test_a_cut_connection_is_an_error_and_the_next_task_gets_through(
    trial: Application, way: Way
) -> None:
    web = trial.publisher(broker_url=trial.url("web", port=way.port))
    way.open()
    assert "id" in web.publish(NOTE, "notes")
    way.close()
    answer = web.publish(NOTE, "notes")
    assert "error" in answer
    assert answer["seconds"] < 10
    way.open()
    assert "id" in web.publish(NOTE, "notes")
    assert trial.broker.ready(trial.vhost, "quick") == 2


def test_a_broker_that_says_nothing_is_an_error_within_seconds(
    trial: Application, way: Way
) -> None:
    web = trial.publisher(broker_url=trial.url("web", port=way.port))
    way.open()
    assert "id" in web.publish(NOTE, "notes")
    way.stall()
    answer = web.publish(NOTE, "notes")
    assert "error" in answer
    assert answer["seconds"] < 15


def test_a_task_whose_queue_is_gone_is_an_error(trial: Application) -> None:
    with trial.broker.channel(trial.vhost) as channel:
        channel.queue_delete("gone")
    try:
        answer = trial.publisher().publish(NOWHERE)
    finally:
        trial.declare()
    assert answer["error"] == "ChannelError"
    assert "NO_ROUTE" in answer["text"]


def test_a_queue_that_is_not_described_is_an_error(trial: Application) -> None:
    answer = trial.publisher().publish(NOTE, "notes", queue="slwo")
    assert answer["error"] == "QueueNotFound"
    assert "slwo" in answer["text"]


def test_another_process_queue_is_an_error(trial: Application) -> None:
    """Beat of this application may publish to one queue only."""
    beat = trial.publisher("beat")
    assert "id" in beat.publish(NOTE, "notes")
    answer = beat.publish(HOLD, "task")
    assert answer["error"] == "AccessRefused"
    assert "id" in beat.publish(NOTE, "notes")
