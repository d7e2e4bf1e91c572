"""The module that runs a release's steps: what it begins, and what a deploy that was cut off has left."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.unit.modules.loading import module

steps = module("celeriac_steps")
OLD, NEW = "20261121T120000-0123456789", "20261122T120000-0123456789"
MIGRATE = {"name": "migrate", "argv": ["migrate"], "when": "every", "timeout": 9, "exit_codes": [0]}


class Ended(Exception):
    """What the module ends with."""

    def __init__(self, **said: Any) -> None:
        super().__init__(said.get("msg"))
        self.said = said


class Host:
    """A host; ``running`` are the steps that its systemd lists, ``ends`` is how those end that begin.

    That is the exit code of `systemd-run`, and what systemd tells what runs after a step.
    """

    def __init__(
        self,
        state: Path,
        running: str = "",
        step: dict[str, Any] = MIGRATE,
        ends: tuple[int, str, str] = (0, "success", "0"),
    ) -> None:
        self.check_mode = False
        self.params = {
            "application": "shop",
            "release": NEW,
            "steps": [step],
            "properties": [],
            "launcher": [],
            "state": str(state),
            "refused": [],
            "force": "",
            "typed": "-e lab",
        }
        self.begun: list[str] = []
        self._running, self._ends = running, ends

    def run_command(self, command: list[str]) -> tuple[int, str, str]:
        if command[:2] == ["systemctl", "list-units"]:
            assert "step-shop-*.service" in command
            return 0, f"{self._running} loaded active running x\n" if self._running else "", ""
        if command[0] == "journalctl":
            unit = f"--unit=step-shop-1-{NEW}.service"
            return 0, "canceling statement due to lock timeout\n" if unit in command else "", ""
        # Its deploy may go away: then a pipe has no reader, and what it writes would end it.
        assert "--pipe" not in command
        self.begun.append(command[-1])
        code, result, status = self._ends
        (after,) = [word for word in command if word.startswith("--property=ExecStopPost=:+")]
        subprocess.run(
            shlex.split(after.removeprefix("--property=ExecStopPost=:+")),
            env={"SERVICE_RESULT": result, "EXIT_STATUS": status},
            check=True,
        )
        return code, "", ""

    def fail_json(self, **said: Any) -> None:
        raise Ended(failed=True, **said)

    exit_json = staticmethod(lambda **said: (_ for _ in ()).throw(Ended(**said)))


def ran(host: Host, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(steps, "AnsibleModule", lambda **_: host)
    with pytest.raises(Ended) as ended:
        steps.main()
    return ended.value.said


def test_a_step_runs_once_for_a_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for times in (1, 0):
        host = Host(tmp_path)
        assert ran(host, monkeypatch)["changed"] is bool(times)
        assert host.begun == ["migrate"] * times


@pytest.mark.parametrize(
    ("codes", "ends", "done"),
    [
        ([0], (0, "success", "0"), True),
        ([0, 3], (3, "exit-code", "3"), True),
        ([3], (0, "success", "0"), False),
        ([0], (4, "exit-code", "4"), False),
        # It took too long, whatever it ended with; somebody stopped it; a signal.
        ([0, 1], (1, "timeout", "0"), False),
        ([0], (0, "success", "TERM"), False),
        ([0, 9], (255, "signal", "9"), False),
    ],
)
def test_systemd_writes_down_that_a_step_succeeded(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    codes: list[int],
    ends: tuple[int, str, str],
    done: bool,
) -> None:
    """Not the deploy, which may be gone by then: an install step would run twice."""
    name = 'load $HOME "the" plan\'s \\ prices'
    step = {**MIGRATE, "name": name, "when": "install", "exit_codes": codes}
    state = tmp_path / "with space"
    said = ran(Host(state, step=step, ends=ends), monkeypatch)
    assert said.get("failed", False) is not done
    assert {file.name: file.read_text() for file in state.iterdir()} == (
        {name: f"{NEW}\n"} if done else {}
    )
    again = Host(state, step=step, ends=ends)
    ran(again, monkeypatch)
    assert bool(again.begun) is not done


def test_a_step_that_fails_is_told_with_its_last_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ran(Host(tmp_path, ends=(1, "exit-code", "1")), monkeypatch)
    assert (
        f"step 'migrate' of release {NEW} ended with 1 (allowed: [0], at most 9 s). Nothing was activated. "
        "Its last lines:\ncanceling statement due to lock timeout\nIt waited for a lock that somebody holds"
    ) in said["msg"]


@pytest.mark.parametrize("release", [OLD, NEW])
def test_none_runs_beside_one_that_was_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release: str
) -> None:
    unit = f"step-shop-1-{release}.service"
    host = Host(tmp_path, running=unit)
    said = ran(host, monkeypatch)
    assert (said["failed"], said["refused"], host.begun) == (True, True, [])
    assert f"still runs here: {unit}. Nothing was activated. Wait until it has ended" in said["msg"]


def test_where_no_step_is_due_it_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "migrate").write_text(f"{NEW}\n")
    assert ran(Host(tmp_path, running=f"step-shop-1-{OLD}.service"), monkeypatch)["ran"] == []
