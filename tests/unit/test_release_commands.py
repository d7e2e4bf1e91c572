"""Commands that look at releases, lock and audit, with `ssh` that stays on this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from celeriac.release import control
from tests.descriptions import write
from tests.unit.typed import Said, typed

OLD, NEW = "20261121T120000-0123456789", "20261122T120000-0123456789"
Celeriac = Callable[..., Said]
PROGRAMS = {
    # What a host has in /srv and /var/lib stands below this folder.
    "ssh": 'for one in "$@"; do [ -e "$HERE/away-$one" ] && away=1; done\n'
    '[ -e "$HERE/away" ] || [ "$away" ] && echo "ssh: no route to host" >&2 && exit 255\n'
    'for last; do :; done\nexec sh -c "$(echo "$last" | sed "s# /# $HERE/#g")"',
    "sudo": 'shift; exec "$@"',
    "systemctl": f"echo 'web-shop@{NEW}.service loaded active running A web'",
}


@pytest.fixture
def celeriac(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Celeriac:
    write(tmp_path)
    (tmp_path / "inventories" / "test" / "known_hosts").touch()
    for name, text in PROGRAMS.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("HERE", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("celeriac.environments.STATE", tmp_path / "left")

    def run(*words: str) -> Said:
        return typed(capfd, *words, "-e", "test", "--inventories", "inventories")

    return run


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "var" / "lib" / "celeriac" / "shop"
    folder.mkdir(parents=True)
    return folder


def held(state: Path, **changes: Any) -> None:
    mark = {**control.mark("deploy"), "owner": "ann@far", "since": "2026-11-22T12:00:00+00:00"}
    (state / "lock").write_text(json.dumps({**mark, **changes}))


def deployed(state: Path, tmp_path: Path) -> None:
    entries = [
        {
            "when": f"2026-11-2{day}T12:10:00+00:00",
            "who": "ann@far",
            "what": "deploy",
            "from": before,
        }
        | {"release": name, "result": "done", "where": None, "seconds": 31, "message": ""}
        for day, name, before in ((1, OLD, None), (2, NEW, OLD))
    ]
    (state / "audit.jsonl").write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
    for name in (OLD, NEW):
        (tmp_path / "srv" / "shop" / "releases" / name).mkdir(parents=True)
    records = tmp_path / "var" / "lib" / "celeriac" / "build" / "archives" / "shop"
    records.mkdir(parents=True)
    record = {"revision": "ab" * 20 + "+changes", "built_at": "2026-11-22T12:00:00+00:00"}
    (records / f"{NEW}.json").write_text(json.dumps({**record, "built_by": "ann@far"}))


def test_lock_show(celeriac: Celeriac, state: Path) -> None:
    assert celeriac("lock", "show").stdout == "Nobody has the lock of shop in test.\n"
    assert json.loads(celeriac("lock", "show", "--json").stdout) == {"host": "two", "lock": None}
    held(state, message="a {{ b }}", pid=7)
    said = celeriac("lock", "show").stdout
    assert re.fullmatch(r'ann@far \(deploy, process 7\) for \d+ \S+ "a {{ b }}"\.\n', said)
    assert json.loads(celeriac("lock", "show", "--json").stdout)["lock"] == {
        "owner": "ann@far",
        "what": "deploy",
        "message": "a {{ b }}",
        "since": "2026-11-22T12:00:00+00:00",
        "pid": 7,
        "left_behind": False,
    }


def test_lock_take_refuses_what_somebody_has(celeriac: Celeriac, state: Path) -> None:
    held(state)
    done = celeriac("lock", "take", "-m", "mine")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Refused: ann@far (deploy, process ")


def test_lock_release_refuses_while_its_process_runs_here(celeriac: Celeriac, state: Path) -> None:
    held(state)
    done = celeriac("lock", "release")
    assert (done.returncode, (state / "lock").exists()) == (1, True)
    assert done.stderr.endswith(" still runs here. Stop it first.\n")


def test_audit(celeriac: Celeriac, state: Path, tmp_path: Path) -> None:
    assert celeriac("audit").stdout == "Nothing was deployed to test yet.\n"
    deployed(state, tmp_path)
    assert celeriac("audit").stdout.splitlines() == [
        "WHEN (UTC)           WHAT    RELEASE                     FROM                        "
        "RESULT  TOOK  WHO      WHERE, WHY",
        f"2026-11-21T12:10:00  deploy  {OLD}  -                           done    31 s  ann@far  -",
        f"2026-11-22T12:10:00  deploy  {NEW}  {OLD}  done    31 s  ann@far  -",
    ]
    last = json.loads(celeriac("audit", "--json", "-n", "1").stdout)
    assert [(entry["release"], entry["from"]) for entry in last] == [(NEW, OLD)]


def test_releases(celeriac: Celeriac, state: Path, tmp_path: Path) -> None:
    assert celeriac("releases").stdout == "No release of shop is on the hosts of test.\n"
    deployed(state, tmp_path)
    found = json.loads(celeriac("releases", "--json").stdout)
    assert found[1] == {
        "release": NEW,
        "current": True,
        "revision": "ab" * 20 + "+changes",
        "built": "2026-11-22T12:00:00+00:00",
        "built_by": "ann@far",
        "deployed": "2026-11-22T12:10:00+00:00",
        "hosts": ["one", "three", "two"],
        "running": ["one", "three", "two"],
        "finishing": [],
    }
    (there,) = {
        tuple(one["hosts"])
        for one in json.loads(celeriac("releases", "--json", "--hosts", "t*").stdout)
    }
    assert there == ("three", "two")
    line = celeriac("releases").stdout.splitlines()[-1]
    assert line.split()[:4] == ["*", NEW, "ababababab+changes", "2026-11-22T12:00:00"]


@pytest.mark.parametrize(("away", "current"), [("three", NEW), ("two", None)])
def test_releases_of_hosts_that_answer_are_shown(
    celeriac: Celeriac, state: Path, tmp_path: Path, away: str, current: str | None
) -> None:
    deployed(state, tmp_path)
    (tmp_path / f"away-{away}").touch()
    said = celeriac("releases", "--json")
    found = json.loads(said.stdout)
    assert [one["release"] for one in found if one["current"]] == ([current] if current else [])
    assert found[1]["hosts"] == sorted({"one", "two", "three"} - {away})
    assert said.returncode == 3
    assert f"{away} does not answer: ssh: no route to host\n" in said.stderr
    assert ("in force is written on two" in said.stderr) == (away == "two")


def test_rollback_without_a_release_before(celeriac: Celeriac) -> None:
    done = celeriac("rollback")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Refused: The audit has no release before the current one.")


@pytest.mark.parametrize("command", [("lock", "show"), ("rollback",)])
def test_a_host_that_does_not_answer(
    celeriac: Celeriac, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "away").touch()
    done = celeriac(*command)
    assert (done.returncode, done.stdout) == (3, "")
    assert "two does not answer: ssh: no route to host\n" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("away", "words", "code", "said"),
    [
        ("one", [], 3, "one does not answer: ssh: no route to host\n"),
        # It is not asked, and the next reason is found.
        (
            "one",
            ["--without", "one"],
            1,
            "Refused: The audit has no release before the current one.",
        ),
        ("two", ["--without", "two"], 2, "--without two: lock and audit are there"),
        ("one", ["--without", "oen"], 2, "--without oen: no such host"),
    ],
)
def test_rollback_without_a_host(
    celeriac: Celeriac, tmp_path: Path, away: str, words: list[str], code: int, said: str
) -> None:
    (tmp_path / f"away-{away}").touch()
    done = celeriac("rollback", *words)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
