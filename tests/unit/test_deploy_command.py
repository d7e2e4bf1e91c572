"""What `celeriac deploy` refuses before a playbook runs, with `ssh` that stays on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.descriptions import write
from tests.unit.typed import Said, typed

OLD = "20261121T120000-0123456789"
Celeriac = Callable[..., Said]
PROGRAMS = {
    "ssh": 'for one in "$@"; do [ -e "$HERE/away-$one" ] && away=1; done\n'
    '[ -e "$HERE/away" ] || [ "$away" ] && echo "ssh: no route to host" >&2 && exit 255\n'
    'for last; do :; done\nexec sh -c "$(echo "$last" | sed "s# /# $HERE/#g")"',
    "sudo": 'shift; exec "$@"',
    "systemctl": "true",
}


@pytest.fixture
def celeriac(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Celeriac:
    write(tmp_path)
    folder = tmp_path / "inventories" / "test"
    (folder / "known_hosts").touch()
    (folder / ".vault-password").write_text("password\n")
    for name, text in PROGRAMS.items():
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.setenv("HERE", str(tmp_path))
    monkeypatch.setattr("celeriac.environments.STATE", tmp_path / "left")

    def run(*words: str) -> Said:
        return typed(capfd, *words, "-e", "test", "--inventories", "inventories")

    made = run("secrets")
    assert made.returncode == 0, made.stdout + made.stderr
    return run


def hook(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "hooks").mkdir(exist_ok=True)
    (tmp_path / "hooks" / name).write_text(f"#!/bin/sh\n{text}\n")
    (tmp_path / "hooks" / name).chmod(0o755)


def test_a_hook_ends_it_before_a_host_is_asked(celeriac: Celeriac, tmp_path: Path) -> None:
    (tmp_path / "away").touch()
    hook(tmp_path, "pre-connect", 'echo "$CELERIAC_APPLICATION to $CELERIAC_HOSTS"; exit 4')
    said = celeriac("deploy")
    assert (said.returncode, said.stdout) == (1, "shop to one three two\n")
    assert said.stderr == (
        f"{tmp_path}/hooks/pre-connect ended with 4. No host was touched. "
        "To go without: --skip-hooks.\n"
    )


@pytest.mark.parametrize(
    ("refuses", "away", "words", "result"),
    [
        ("pre-connect", False, [], "refused"),
        ("pre-deploy", False, [], "refused"),
        # There is nothing to go on with, or nobody can tell.
        (None, False, ["--resume"], "refused"),
        (None, True, ["--resume"], "failed"),
    ],
)
def test_whoever_says_no_the_hook_failure_is_told(
    celeriac: Celeriac,
    tmp_path: Path,
    refuses: str | None,
    away: bool,
    words: list[str],
    result: str,
) -> None:
    if refuses:
        hook(tmp_path, refuses, "exit 4")
    if away:
        (tmp_path / "away").touch()
    hook(tmp_path, "failure", 'echo "$CELERIAC_HOOK $CELERIAC_RESULT" > told')
    assert celeriac("deploy", *words).returncode == {"refused": 1, "failed": 3}[result]
    assert (tmp_path / "told").read_text() == f"failure {result}\n"


@pytest.mark.parametrize("command", ["check", "deploy"])
def test_a_hook_of_no_known_name_is_a_mistake(
    celeriac: Celeriac, tmp_path: Path, command: str
) -> None:
    hook(tmp_path, "predeploy", "")
    said = celeriac(command)
    assert said.returncode == 2
    assert "hooks/predeploy: no hook of this name. Did you mean 'pre-deploy'?" in said.stderr


def test_hosts_that_are_none_are_a_mistake(celeriac: Celeriac) -> None:
    said = celeriac("deploy", "--hosts", "tree")
    assert said.returncode == 2
    assert "--hosts tree: no such host or group. Did you mean 'three'?" in said.stderr


def test_a_part_of_the_roles_would_pass_by_the_gates(celeriac: Celeriac) -> None:
    said = celeriac("deploy", "--roles", "web")
    assert said.returncode == 2
    assert "a part of a deploy would pass by its gates." in said.stderr


def test_resume_with_nothing_to_go_on_with(celeriac: Celeriac) -> None:
    said = celeriac("deploy", "--resume")
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr == (
        "Refused: No deploy was cut off. Deploy without --resume. Nothing was touched.\n"
    )


def test_resume_with_other_inputs(celeriac: Celeriac, tmp_path: Path) -> None:
    (tmp_path / "srv" / "shop" / "releases" / OLD).mkdir(parents=True)
    state = tmp_path / "var" / "lib" / "celeriac" / "shop"
    state.mkdir(parents=True)
    entry = {"what": "deploy", "result": "failed", "release": OLD}
    (state / "audit.jsonl").write_text(json.dumps(entry) + "\n")
    said = celeriac("deploy", "--resume")
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith(f"Refused: The inputs are not those of {OLD} any more")


def test_resume_where_a_host_does_not_answer(celeriac: Celeriac, tmp_path: Path) -> None:
    (tmp_path / "away").touch()
    said = celeriac("deploy", "--resume")
    assert (said.returncode, said.stdout) == (3, "")
    assert "two does not answer: ssh: no route to host\n" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 3, "one does not answer: ssh: no route to host\n"),
        (["--without", "one"], 1, "Refused: No deploy was cut off."),
    ],
)
def test_resume_without_a_host(
    celeriac: Celeriac, tmp_path: Path, words: list[str], code: int, said: str
) -> None:
    (tmp_path / "away-one").touch()
    done = celeriac("deploy", "--resume", *words)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
