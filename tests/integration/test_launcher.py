"""What systemd sees of a process that the launcher starts."""

import shutil
from pathlib import Path

import pytest
from redis import Redis

from tests.integration.applications import Application, Publisher
from tests.integration.systemd import Unit
from tests.integration.waiting import wait_for
from tests.integration.way import Way

NOTE = "trial.tasks.quick.note"


@pytest.mark.parametrize(
    ("pool", "seconds"),
    # On a quiet machine 1.8, 0.4 and 0.3 s; up to 10 s where the signal does not wake the loop.
    # Celery's own end of a prefork pool takes 1.5 s of that: its children wait for 1 s.
    [("prefork", 3.5), ("solo", 3.0), ("threads", 3.0)],
)
def test_an_idle_worker_is_ready_then_stops_at_once(
    trial: Application, pool: str, seconds: float
) -> None:
    worker = trial.worker("quick", f"--pool={pool}").wait_ready()
    assert worker.status == "consuming quick"
    assert worker.stop() < seconds
    ready, stopping = (
        [n for n, message in enumerate(worker.notifications) if text in message]
        for text in ("READY=1", "STOPPING=1")
    )
    assert len(ready) == 1, "no child may say that it is ready"
    assert ready[0] < stopping[0]


def test_a_worker_declares_nothing(trial: Application) -> None:
    """Its user may not configure anything; Celery's own step would log CRITICAL."""
    worker = trial.worker("quick").wait_ready()
    worker.stop()
    assert "CRITICAL" not in worker.log
    assert "delayed delivery" not in worker.log


def test_beat_is_ready_with_its_schedule_and_stops(trial: Application, tmp_path: Path) -> None:
    command = ["celery", "--app=trial.application", "beat", f"--schedule={tmp_path}/schedule"]
    beat = trial.start("beat", command, ready="beat").wait_ready()
    assert beat.status == "scheduling"
    assert trial.broker.take(trial.vhost, "quick")["headers"]["task"] == NOTE
    assert beat.stop() < 3


def test_a_worker_is_ready_when_its_broker_comes(
    trial: Application, web: Publisher, board: Redis, way: Way
) -> None:
    worker = trial.worker("quick", broker_url=trial.url("pool-quick", port=way.port))
    wait_for(lambda: worker.status.startswith("broker away, not consuming"), "the status says why")
    assert "Connection refused" in worker.status
    assert not worker.ready
    way.open()
    worker.wait_ready()

    way.close()
    wait_for(lambda: worker.status.startswith("broker away"), "the status says why")
    way.open()
    wait_for(lambda: worker.status == "consuming quick", "it consumes again")
    web.publish(NOTE, "notes")
    wait_for(lambda: board.llen("notes"), "it works again")
    # The loop was made anew: it still has to see the signal.
    assert worker.stop() < 3.5


def test_a_worker_without_broker_can_be_stopped(trial: Application, way: Way) -> None:
    worker = trial.worker("quick", broker_url=trial.url("pool-quick", port=way.port))
    wait_for(lambda: worker.status.startswith("broker away"), "the status says why")
    assert worker.stop() < 6


BROKEN = {
    "a module that is not there": ("import missing_thing\n", "missing_thing"),
    "no Python": ("def\n", "SyntaxError: invalid syntax"),
    "an error of its own": ("raise ValueError('no colour')\n", "ValueError: no colour"),
}


@pytest.mark.parametrize("file", ["application.py", "settings.py", "tasks/quick.py"])
@pytest.mark.parametrize("fault", BROKEN)
def test_code_that_does_not_load_ends_with_78_and_its_own_last_lines(
    trial: Application, tmp_path: Path, fault: str, file: str
) -> None:
    folder = shutil.copytree(trial.folder, tmp_path / "application")
    text, message = BROKEN[fault]
    (folder / "trial" / file).write_text(text)
    worker = trial.worker("quick", folder=folder)
    assert worker.wait() == 78
    assert message in worker.log.splitlines()[-1]
    assert f"trial/{file}" in worker.log
    assert worker.status.startswith("the application does not load")
    assert not worker.ready


def test_a_queue_that_is_not_described_is_a_fault_of_the_configuration(trial: Application) -> None:
    worker = trial.worker("quick", "--queues=quick,slwo")
    assert worker.wait() == 78
    assert "queue 'slwo' isn't" in worker.log.rpartition("celeriac: ")[2]


def test_a_credential_that_is_empty_is_named_before_anything_runs(trial: Application) -> None:
    trial.credentials["CACHE_URL"], url = "", trial.credentials["CACHE_URL"]
    try:
        worker = trial.worker("quick")
    finally:
        trial.credentials["CACHE_URL"] = url
    assert worker.wait() == 78
    assert worker.log.startswith("celeriac: credential CACHE_URL is empty. ")
    assert len(worker.log.splitlines()) == 1


def test_credentials_do_not_show_in_the_process_list(trial: Application) -> None:
    worker = trial.worker("quick").wait_ready()
    seen = Path(f"/proc/{worker.process.pid}/environ").read_text()
    assert "CREDENTIALS_DIRECTORY=" in seen
    assert "BROKER_URL" not in seen


def gunicorn(trial: Application, socket: Path, folder: Path | None = None) -> Unit:
    command = ["gunicorn", "--preload", f"--bind=unix:{socket}", "trial.wsgi:application"]
    return trial.start("web", command, ready="self", folder=folder)


def test_a_web_server_says_itself_that_it_is_ready(trial: Application, tmp_path: Path) -> None:
    web = gunicorn(trial, tmp_path / "socket").wait_ready()
    assert web.stop() < 5


def test_a_web_server_whose_code_does_not_load_ends_with_78(
    trial: Application, tmp_path: Path
) -> None:
    folder = shutil.copytree(trial.folder, tmp_path / "application")
    (folder / "trial" / "wsgi.py").write_text("import missing_thing\n")
    web = gunicorn(trial, tmp_path / "socket", folder)
    assert web.wait() == 78
    assert web.log.splitlines()[-1] == "ModuleNotFoundError: No module named 'missing_thing'"
    assert not web.ready
