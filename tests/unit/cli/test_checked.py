"""`celeriac plan` and `drift` that are told to end while their playbook runs."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from celeriac.cli import checked, playbook
from celeriac.environments import Environment
from celeriac.steering import check_run
from tests.integration.waiting import wait_for

# Stands for Ansible: it prints, and says that it was told as that is, by SIGINT.
WAITS = """
import pathlib, sys, time
here = pathlib.Path(sys.argv[1])
print("Prepare every host", flush=True)
try:
    (here / "begun").touch()
    time.sleep(60)
except KeyboardInterrupt:
    print("Cut off.")
    (here / "ended").touch()
    sys.exit(99)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_playbook_ends_with_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    number: signal.Signals,
) -> None:
    def command(*_: Any) -> list[str]:
        return [sys.executable, "-c", WAITS, str(tmp_path)]

    def run() -> None:
        document = {"application": "shop", "steps_process": None}
        try:
            checked.check(
                Environment("test", tmp_path), document, "plan", {}, tmp_path / "celeriac.yml"
            )
        except typer.Exit as ended:
            sys.exit(ended.exit_code)

    monkeypatch.setattr(playbook, "command", command)
    monkeypatch.setattr(check_run, "ansible_variables", lambda *_: dict(os.environ))
    monkeypatch.setattr("celeriac.environments.STATE", tmp_path / "state")
    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    try:
        wait_for((tmp_path / "begun").exists, "the playbook begins")
        assert process.pid
        os.kill(process.pid, number)
        process.join(30)
    finally:
        process.kill()
    assert process.exitcode == 128 + number
    assert (tmp_path / "ended").exists()
    assert not list((tmp_path / "state").rglob("check-*"))
    said = capfd.readouterr().err
    assert "waiting for Ansible to end." in said
    assert said.endswith("Nothing was changed.\n")
