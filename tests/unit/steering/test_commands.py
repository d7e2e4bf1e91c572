"""The commands as a person runs them, up to the playbook that they start."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from celeriac.cli.turn import Turn
from celeriac.derive import names
from celeriac.steering.draining import State
from tests.unit.fleet.conftest import RELEASE
from tests.unit.fleet.hosts import Hosts, show

NOTE = {"who": "ann@far", "since": "2026-11-22T12:00:00Z", "message": "stocktaking"}


class Runs(list[tuple[str, list[str], dict[str, Any]]]):
    """The turns that were taken: what for, playbooks and how. ``code`` is how they end.

    ``more`` are the other variables of the last.
    """

    code = 0
    more: dict[str, Any]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Runs:
    taken = Runs()

    def run(self: Turn, playbooks: Sequence[str], variables: dict[str, Any], **_: Any) -> int:
        assert self.host == "two"
        taken.append((self.what, list(playbooks), variables["celeriac_steering"]))
        taken.more = variables
        return taken.code

    monkeypatch.setattr(Turn, "run", run)
    monkeypatch.setattr(names, "state", lambda application: str(tmp_path / "state" / application))
    monkeypatch.setattr("celeriac.environments.STATE", tmp_path / "left")
    return taken


def held(tmp_path: Path, what: str, *pools: str) -> None:
    for pool in pools:
        file = tmp_path / "state" / "shop" / what / f"celery-shop-{pool}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(NOTE))


def stopped(hosts: Hosts, *instances: str) -> None:
    """Host two runs these alone."""
    hosts.put("two", "units", show({f"{name}@{RELEASE}": {} for name in instances}))


def test_restart_of_a_pool(running: Hosts, runs: Runs) -> None:
    said = running.celeriac("restart", "mail")
    assert (said.exit_code, said.stderr) == (0, "")
    ((what, playbooks, steering),) = runs
    assert (what, playbooks, steering["restart"]) == ("restart", ["restart.yml"], True)
    assert steering["entry"]["message"] == {"__ansible_unsafe": "mail"}
    units = [{"name": f"celery-shop-mail-{slot}", "files": []} for slot in (1, 2)]
    assert steering["hosts"] == {"two": {"release": RELEASE, "units": units, "absent": []}}
    assert steering["web"] is False


def test_restart_of_web_takes_the_host_out_and_asks_for_its_health(
    running: Hosts, runs: Runs
) -> None:
    hook = running.description.parent / "hooks" / "web-out"
    hook.parent.mkdir()
    hook.touch(mode=0o755)
    said = running.celeriac("restart", "web")
    assert said.exit_code == 0
    assert "One web host: while its server starts, nginx answers 502" in said.stdout
    ((_, _, steering),) = runs
    assert list(steering["hosts"]) == ["one"]
    assert steering["web"] is True
    assert runs.more["celeriac"]["web_health"]["path"] == "/"
    assert runs.more["celeriac_hooks"]["names"] == ["web-out"]
    assert runs.more["celeriac_hooks"]["facts"]["HOSTS"] == {"__ansible_unsafe": "one"}


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["restart", "mial"], 2, "mial: shop runs nothing of this name. Did you mean 'mail'?"),
        (["restart", "mail", "--hosts", "three"], 1, "Refused: no host of three runs mail."),
        (["pause", "two"], 2, "two: no such pool."),
        (["pause", "mail", "--hosts", "one"], 2, "--hosts: none of these hosts is one of workers."),
        (["drain", "one"], 2, "one: no such pool or host of workers."),
        (["resume", "mial"], 2, "Did you mean 'mail'?"),
        (
            ["maintenance", "on", "--hosts", "two"],
            2,
            "shop has no web server there. Web hosts: one.",
        ),
    ],
)
def test_what_is_refused(
    running: Hosts, runs: Runs, words: list[str], code: int, why: str
) -> None:  # fmt: skip
    group = words[:2] if words[0] == "maintenance" else words[:1]
    said = running.run(*group, *running.place, *words[len(group) :])
    assert said.exit_code == code, said.output
    assert why in said.stderr
    assert runs == []


def test_nothing_is_changed_while_a_host_is_silent(running: Hosts, runs: Runs) -> None:
    running.put("three", "down", "")
    said = running.celeriac("pause", "mail", "-y")
    assert (said.exit_code, runs) == (3, [])
    assert "three did not answer" in said.stderr
    assert running.celeriac("pause", "mail", "-y", "--hosts", "two").exit_code == 0


def test_pause_marks_every_host_of_workers(running: Hosts, runs: Runs) -> None:
    said = running.celeriac("pause", "mail", "-y", "-m", "stock {{ x }}")
    assert said.exit_code == 0, said.output
    ((what, playbooks, steering),) = runs
    assert (what, playbooks) == ("pause", ["pause.yml"])
    assert {host: len(here["units"]) for host, here in steering["hosts"].items()} == {
        "two": 2,
        "three": 0,
    }
    (file,) = steering["hosts"]["three"]["files"]
    assert file["path"].endswith("/state/shop/paused/celery-shop-mail")
    assert json.loads(file["content"]["__ansible_unsafe"])["message"] == "stock {{ x }}"
    assert steering["entry"]["message"] == {"__ansible_unsafe": "mail: stock {{ x }}"}


def test_a_failed_playbook_says_what_to_do(running: Hosts, runs: Runs) -> None:
    runs.code = 3
    said = running.celeriac("pause", "mail", "-y")
    assert said.exit_code == 3
    assert "` shows what runs. Correct the cause and run the same" in said.stderr


def test_what_is_paused_is_shown_and_no_problem(
    running: Hosts, runs: Runs, tmp_path: Path
) -> None:  # fmt: skip
    held(tmp_path, "paused", "mail")
    stopped(running, "beat-shop", "relay-shop")
    said = running.celeriac("status")
    assert said.exit_code == 0, said.output
    (line, _) = [line for line in said.stdout.splitlines() if "celery-shop-mail" in line]
    assert "paused" in line
    assert line.endswith("by ann@far since 2026-11-22T12:00:00Z: stocktaking")
    rows = json.loads(running.celeriac("workers", "--json").stdout)
    assert [(row["pool"], row["state"], row["wanted"]) for row in rows[1:]] == [
        ("mail", "paused", False)
    ] * 2
    refused = running.celeriac("restart", "mail")
    assert (refused.exit_code, runs) == (1, [])
    assert "Refused: mail is paused on two (by ann@far" in refused.stderr


def test_a_pool_that_runs_in_spite_of_its_mark_is_shown_as_it_is(
    running: Hosts, runs: Runs, tmp_path: Path
) -> None:  # fmt: skip
    held(tmp_path, "paused", "mail")
    rows = json.loads(running.celeriac("workers", "--json").stdout)
    assert {row["state"] for row in rows} == {"ready"}


def test_drain_waits_until_all_is_done(running: Hosts, runs: Runs, tmp_path: Path) -> None:
    held(tmp_path, "drained", "mail")
    stopped(running, "beat-shop", "relay-shop")
    said = running.celeriac("drain", "two", "-y")
    assert said.exit_code == 0, said.output
    ((what, _, steering),) = runs
    assert (what, list(steering["hosts"])) == ("drain", ["two"])
    assert steering["hosts"]["two"]["files"][0]["path"].endswith("/drained/celery-shop-mail")
    assert "two is drained. `celeriac resume two -e test " in said.stdout


def test_drain_says_which_host_it_waits_for(
    running: Hosts, runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([State({}, [], {"two": "no answer within 20 s"}), State({}, [], {})])
    monkeypatch.setattr("celeriac.steering.draining.look", lambda *_: next(looks))
    monkeypatch.setattr("time.sleep", lambda _: None)
    said = running.celeriac("drain", "two", "-y")
    assert said.exit_code == 0, said.output
    assert "  two did not answer: no answer within 20 s (0 s)\n" in said.stdout


def test_drain_says_what_was_started_again(running: Hosts, runs: Runs) -> None:
    said = running.celeriac("drain", "two", "-y")
    assert said.exit_code == 1
    assert f"two: celery-shop-mail-1@{RELEASE}, " in said.stderr
    assert "were started again meanwhile" in said.stderr
    assert running.celeriac("drain", "two", "-y", "--no-wait").exit_code == 0


def test_maintenance(running: Hosts, runs: Runs, tmp_path: Path) -> None:
    said = running.run("maintenance", "on", *running.place, "-y", "-m", "<b> & {{ x }}")
    assert said.exit_code == 0, said.output
    ((what, playbooks, steering),) = runs
    assert (what, playbooks, steering["hosts"]) == ("maintenance", ["maintenance.yml"], ["one"])
    page = steering["files"][-1]
    assert page["path"].endswith("/state/shop/maintenance.html")
    assert "<p>&lt;b&gt; &amp; {{ x }}</p>" in page["content"]["__ansible_unsafe"]
    assert steering["check"]["url"].startswith("http://127.0.0.1:80/")

    state = tmp_path / "state" / "shop"
    state.mkdir(parents=True)
    (state / "maintenance.html").touch()
    (state / "maintenance.json").write_text(json.dumps(NOTE))
    rows = json.loads(running.run("maintenance", "show", *running.place, "--json").stdout)
    assert rows == [{"host": "one", "on": True, **NOTE}]
    assert "\nmaintenance: on, one" in running.celeriac("status").stdout
    off = running.run("maintenance", "off", *running.place)
    assert (off.exit_code, runs[-1][2]["files"], len(runs[-1][2]["absent"])) == (0, [], 2)
