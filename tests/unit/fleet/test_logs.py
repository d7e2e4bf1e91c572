"""`celeriac logs` as a person runs it, on hosts that are folders."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from celeriac.fleet import journal, logs
from tests.integration.waiting import wait_for
from tests.unit.fleet.hosts import Hosts, entry

WEB, MAIL, BULK = "web-shop@r1", "celery-shop-mail-1@r1", "celery-shop-bulk-1@r1"
INIT = {"_PID": "1", "_SYSTEMD_UNIT": "init.scope"}
NOW = 1_763_802_723.0


@pytest.fixture
def told(hosts: Hosts) -> Hosts:
    """Three hosts that have something to say."""
    hosts.journal("one", [entry(second, WEB, f"GET {second}") for second in (10, 12, 14)])
    started = entry(9, MAIL, "Started.", UNIT=f"{MAIL}.service", **INIT)
    foreign = entry(11, "x", "Started.", UNIT="nginx.service", **INIT)
    failed = entry(13, MAIL, "boom", PRIORITY="3")
    hosts.journal("two", [started, foreign, entry(11, MAIL, "two\nlines"), failed])
    hosts.journal("three", [entry(13, BULK, list(b"bytes \xff")), entry(15, BULK, "\x1b[2Jgone")])
    return hosts


ALL = """\
1970-01-01 00:00:09.000 two celery-shop-mail-1@r1 Started.
1970-01-01 00:00:10.000 one web-shop@r1 GET 10
1970-01-01 00:00:11.000 two celery-shop-mail-1@r1 two
1970-01-01 00:00:11.000 two celery-shop-mail-1@r1 lines
1970-01-01 00:00:12.000 one web-shop@r1 GET 12
1970-01-01 00:00:13.000 three celery-shop-bulk-1@r1 bytes \ufffd
1970-01-01 00:00:13.000 two celery-shop-mail-1@r1 boom
1970-01-01 00:00:14.000 one web-shop@r1 GET 14
1970-01-01 00:00:15.000 three celery-shop-bulk-1@r1 \ufffd[2Jgone
"""


def test_all_hosts_merged_by_time(told: Hosts) -> None:
    said = told.celeriac("logs")
    assert (said.stdout, said.stderr, said.exit_code) == (ALL, "", 0)
    assert told.asked() == ["one", "three", "two"]
    assert told.celeriac("logs", "--since", "1970-01-01").stdout == ALL


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        (["-n", "2"], [14, 15]),
        (["-n", "0"], []),
        (["--process", "web"], [10, 12, 14]),
        (["--process", "web", "--process", "workers"], [9, 10, 11, 12, 13, 13, 14, 15]),
        (["--process", "relay"], []),
        (["--pool", "bulk"], [13, 15]),
        (["--pool", "bulk", "--process", "web"], [10, 12, 13, 14, 15]),
        (["--hosts", "t*"], [9, 11, 13, 13, 15]),
        (["--host", "one", "-n", "1"], [14]),
        (["--grep", r"GET 1[02]|^boom$"], [10, 12, 13]),
        (["--grep", "GET", "-n", "1"], [14]),
        (["--since", "1970-01-01T00:00:13"], [13, 13, 14, 15]),
        (["--since", "1970-01-01T00:00:13", "-n", "1"], [15]),
    ],
)
def test_selections(told: Hosts, options: list[str], seconds: list[int]) -> None:
    said = told.celeriac("logs", "--json", *options)
    assert said.exit_code == 0
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    assert [int(line["time"][17:19]) for line in lines] == seconds


def test_the_shape_for_programs(told: Hosts) -> None:
    (line,) = told.celeriac("logs", "--json", "--grep", "boom").stdout.splitlines()
    assert json.loads(line) == {
        "time": "1970-01-01T00:00:13.000000Z",
        "host": "two",
        "unit": "celery-shop-mail-1",
        "release": "r1",
        "priority": 3,
        "message": "boom",
    }


def test_a_host_that_does_not_answer(told: Hosts) -> None:
    told.put("two", "down", "")
    said = told.celeriac("logs")
    assert said.exit_code == 3
    assert said.stderr == (
        "two did not answer: ssh: connect to host two port 22: Connection refused\n"
    )
    assert said.stdout == "".join(line for line in ALL.splitlines(True) if " two " not in line)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--pool", "mial"], "--pool mial: no such pool. Did you mean 'mail'?"),
        (["--since", "noon"], "--since noon: not a time. Write 10m, 2h, 3d, 2026-01-31 or"),
        (["--grep", "("], "--grep (: not a regular expression: missing ), unterminated subpattern"),
        (["--hosts", "four"], "--hosts four: no such host or group."),
    ],
)
def test_mistakes(hosts: Hosts, options: list[str], said: str) -> None:
    done = hosts.celeriac("logs", *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(said)


def test_following_until_ctrl_c_leaves_nothing_behind(told: Hosts) -> None:
    told.put("three", "down", "")
    with told.start("logs", "-f", "-n", "1", "--grep", "GET|boom|new") as process:
        try:
            assert process.stdout is not None
            first = [process.stdout.readline().split(" ", 2)[2] for _ in range(2)]
            assert first == ["two celery-shop-mail-1@r1 boom\n", "one web-shop@r1 GET 14\n"]
            # A release that came while we follow.
            told.journal("two", [entry(20, "celery-shop-mail-1@r2", "new")])
            assert process.stdout.readline().endswith(" two celery-shop-mail-1@r2 new\n")
            told.journal("one", [entry(19, WEB, "new too")])
            assert process.stdout.readline().endswith(" one web-shop@r1 new too\n")
            assert [line for line in told.processes() if "tools/ssh" in line] != []
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=10)
        finally:
            process.kill()
    assert (process.returncode, rest) == (130, "")
    assert (
        errors == "three did not answer: ssh: connect to host three port 22: Connection refused\n"
    )
    assert [line for line in told.processes() if "tools/ssh" in line] == []


@pytest.mark.parametrize("options", [["-n", "100"], ["--since", "1970-01-01"]])
def test_following_begins_with_what_is_there_by_time(told: Hosts, options: list[str]) -> None:
    with told.start("logs", "--follow", *options) as process:
        assert process.stdout is not None
        try:
            assert [process.stdout.readline() for _ in ALL.splitlines()] == ALL.splitlines(True)
            told.journal("one", [entry(20, WEB, "comes")])
            assert process.stdout.readline().endswith(" one web-shop@r1 comes\n")
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("came", "said"),
    [
        # Line and time of arrival; each waits for a second.
        ([(5, 0.0), (3, 0.5), (4, 0.9)], {1.0: [3, 4, 5]}),
        ([(5, 0.0), (7, 0.5), (6, 0.9)], {1.0: [5], 1.5: [6, 7]}),
        # A host whose clock is behind holds nobody up.
        ([(5, 0.0), (1, 0.9), (2, 1.8), (6, 1.9)], {1.0: [1, 5], 2.8: [2], 2.9: [6]}),
    ],
)
def test_what_comes_waits_for_older_lines(
    came: list[tuple[int, float]], said: dict[float, list[int]]
) -> None:
    held, found = logs.Held(1.0), {}
    assert held.wait(0.0) is None
    for step in range(40):
        now = step / 10
        for time, arrival in came:
            if arrival == now:
                held.add(logs.Line(time, "one", "web", 6, ""), now)
        if due := [line.time for line in held.due(now)]:
            found[now] = due
    assert found == said
    assert not held


def test_what_runs_on_a_host_ends_when_nobody_listens(told: Hosts) -> None:
    question = {"slice": "", "units": ".*", "grep": None, "since": None, "lines": 1, "follow": True}
    quick = Path(journal.__file__).read_text().replace("SECONDS = 5.0", "SECONDS = 0.1")
    folder = {"FOLDER": str(told.folder / "hosts" / "one")}
    with subprocess.Popen(
        ["python3", "-", json.dumps(question)],
        env={**told.environment, **folder},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(quick)
        process.stdin.close()
        line = next(line for line in process.stdout if line != "\n")
        assert json.loads(line)[3] == "GET 14"
        wait_for(lambda: any("--follow" in line for line in told.processes()), "it follows")
        process.stdout.close()
        assert process.wait(10) == 0
        assert process.stderr.read() == ""
    assert told.processes() == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", NOW - 90),
        ("10m", NOW - 600),
        ("2h", NOW - 7200),
        ("3d", NOW - 3 * 86400),
        ("99999d", 0),
        ("0001-01-01", 0),
        ("2025-11-22", 1763769600),
        ("2025-11-22T09:12", 1763802720),
        ("2025-11-22 09:12:03", 1763802723),
        ("2025-11-22T10:12:03+01:00", 1763802723),
    ],
)
def test_moments(text: str, seconds: float) -> None:
    assert logs.moment(text, NOW) == seconds


@pytest.mark.parametrize(
    ("unit", "matches"),
    [
        ("web-shop@r1", True),
        ("celery-shop-mail-12@r1", True),
        ("celery-shop-mail-fast-1@r1", True),
        ("celery-shop-mail@r1", False),
        # Another application, shop-mail with its pool x.
        ("celery-shop-mail-x-1@r1", False),
        ("relay-shop@r1", False),
        ("web-shop-2@r1", False),
    ],
)
def test_names_of_units(unit: str, matches: bool) -> None:
    expression = logs.units("shop", ["mail", "mail-fast"], ["web", "workers"])
    assert bool(re.fullmatch(expression, unit)) is matches


@pytest.mark.parametrize(
    ("message", "text"),
    [("a", "a"), (None, ""), (list(b"caf\xc3\xa9"), "café"), (["one", "two"], "one"), ([], "")],
)
def test_messages_of_any_form(message: Any, text: str) -> None:
    assert journal.text(message) == text
