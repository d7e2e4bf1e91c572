"""`celeriac exec`, `ssh`, `manage` and `shell` as a person runs them, on hosts that are folders."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest
from typer.testing import Result

from tests.descriptions import HOSTED, write
from tests.unit.fleet.hosts import Hosts

RELEASE = "20261122T091200-aaaaaaaaaa"
ACTIVE = f"beat-shop@{RELEASE}.service loaded active running\n"


def execute(hosts: Hosts, *words: str) -> Result:
    return hosts.run("exec", *hosts.place[:4], *words)


def test_a_command_on_all_hosts(hosts: Hosts) -> None:
    said = execute(hosts, "--", "sh", "-c", 'echo "$1"; basename "$FOLDER"', "x", "a  b $HOME *")
    assert said.exit_code == 0, said.stderr
    assert sorted(said.stdout.splitlines()) == [
        "one   | a  b $HOME *",
        "one   | one",
        "three | a  b $HOME *",
        "three | three",
        "two   | a  b $HOME *",
        "two   | two",
    ]


@pytest.mark.parametrize(
    ("down", "words", "code", "said"),
    [
        ([], ["--hosts", "t*", "--", "true"], 0, []),
        ([], ["--hosts", "web", "true"], 0, []),
        ([], ["--hosts", "one", "--", "sh", "-c", "exit 7"], 7, ["one ended with 7"]),
        (
            ["two"],
            ["--hosts", "two,three", "--", "sh", "-c", "echo no >&2; exit 9"],
            3,
            [
                "three ended with 9",
                "three | no",
                "two   | ssh: connect to host two port 22: Connection refused",
                "two did not answer",
            ],
        ),
        ([], [], 2, ["Which command? For example: celeriac exec -- uptime"]),
    ],
)
def test_exit_codes(
    hosts: Hosts, down: list[str], words: list[str], code: int, said: list[str]
) -> None:
    for host in down:
        hosts.put(host, "down", "")
    done = execute(hosts, *words)
    assert (done.exit_code, sorted(done.stderr.splitlines())) == (code, said)


def test_it_ends_when_nobody_reads_it_any_more(hosts: Hosts) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "celeriac", "exec", *hosts.place[:4], "--", "yes"],
        env=hosts.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().endswith("| y\n")
        process.stdout.close()
        try:
            assert process.wait(20) == 1
            assert process.stderr is not None
            assert process.stderr.read() == ""
        finally:
            process.kill()


def test_options_after_the_command_are_its_own(hosts: Hosts) -> None:
    done = execute(hosts, "--hosts", "one", "printf", "%s %s", "-e", "--help")
    assert done.stdout == "one | -e --help\n"


def test_ssh_takes_the_place_of_this_process(hosts: Hosts, monkeypatch: pytest.MonkeyPatch) -> None:
    called = []
    monkeypatch.setattr(os, "execvp", lambda file, words: called.append((file, words)))
    place = hosts.place[:4]
    assert hosts.run("ssh", "two", *place).exit_code == 0
    ((file, words),) = called
    assert (file, words[0], words[-1]) == ("ssh", "ssh", "two")
    assert "-oStrictHostKeyChecking=yes" in words
    wrong = hosts.run("ssh", "tow", *place)
    assert (wrong.exit_code, len(called)) == (2, 1)
    assert wrong.stderr.startswith("tow: no such host. Did you mean 'two'?")


def start(hosts: Hosts, *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "celeriac", *hosts.words(*words)],
        env=hosts.environment,
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_management_command_runs_as_a_step_does(hosts: Hosts) -> None:
    hosts.put("two", "active", ACTIVE)
    said = start(hosts, "manage", "loaddata", "-", "--format", "json", "-e", text="from here\n")
    assert said.returncode == 5
    assert said.stderr == f"{hosts.folder}/hosts/two\n"
    words = said.stdout.splitlines()
    assert words[-9:] == [
        "--", "python", "manage.py", "loaddata", "-", "--format", "json", "-e", "from here",
    ]  # fmt: skip
    assert "--pipe" in words
    assert f"--property=WorkingDirectory=/srv/shop/releases/{RELEASE}/app" in words
    assert f"--property=Environment=CELERIAC_RELEASE={RELEASE}" in words


def test_a_shell_without_a_terminal_reads_what_it_is_given(hosts: Hosts) -> None:
    hosts.put("two", "active", ACTIVE)
    said = start(hosts, "shell", text="print(1)\n")
    assert said.stdout.splitlines()[-4:] == ["python", "manage.py", "shell", "print(1)"]


def test_a_shell_on_a_terminal_gets_one(hosts: Hosts) -> None:
    hosts.put("two", "active", ACTIVE)
    ours, its = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "celeriac", *hosts.words("shell")],
        env=hosts.environment,
        stdin=its,
        stdout=its,
        stderr=subprocess.STDOUT,
    ) as process:
        os.close(its)
        os.write(ours, b"\x04")  # the end of what is typed
        assert process.wait(30) == 5
    said = os.read(ours, 2**16).decode()
    os.close(ours)
    assert "\r\n--pty\r\n" in said
    assert "\r\n--property=RuntimeMaxSec=43200\r\n" in said


@pytest.mark.parametrize(
    ("changes", "words", "code", "said"),
    [
        ({}, ["manage"], 2, "Which command? For example: celeriac manage showmigrations"),
        ({}, ["manage", "check"], 3, "No release of shop runs on two. Deploy it to test first;"),
        (HOSTED, ["manage", "check"], 2, "steps: shop is hosted and has no step, so no host can"),
        (HOSTED, ["dead", "list"], 2, "level: shop is hosted: it has no outbox"),
    ],
)
def test_what_cannot_be_run(
    hosts: Hosts, changes: dict[str, object], words: list[str], code: int, said: str
) -> None:
    hosts.put("two", "active", "")
    write(hosts.folder, changes)
    # The words after `manage` are the command's; after a group comes the action.
    at = 1 if words[0] == "manage" else 2
    done = hosts.run(*words[:at], *hosts.place, *words[at:])
    assert done.exit_code == code
    assert done.stderr.startswith(said)


def test_a_hosted_application_with_steps(hosts: Hosts) -> None:
    step = {"name": "migrate", "command": ["python", "manage.py", "migrate"]}
    write(hosts.folder, {**HOSTED, "steps": [step]})
    for host in ("one", "two", "three"):
        hosts.put(host, "active", f"web-shop@{RELEASE}.service loaded active running\n")
    said = start(hosts, "manage", "check")
    assert said.returncode == 5
    assert said.stdout.splitlines()[-3:] == ["python", "manage.py", "check"]
