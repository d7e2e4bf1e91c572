"""Hooks as real executables: what they are told, and what their end means."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from celeriac.description.problems import InputError
from celeriac.release import hooks
from celeriac.release.hooks import Hooks


def put(folder: Path, name: str, text: str, mode: int = 0o755) -> None:
    (folder / "hooks").mkdir(exist_ok=True)
    file = folder / "hooks" / name
    file.write_text(text)
    file.chmod(mode)


def test_a_hook_gets_the_facts_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELERIAC_VAULT_PASSWORD_FILE", "/secret")
    put(tmp_path, "pre-deploy", "#!/bin/sh\nenv | grep ^CELERIAC_ | sort > said; pwd >> said\n")
    own = Hooks(tmp_path / "hooks", {"APPLICATION": "shop", "HOSTS": "one two"})
    assert own.run("pre-deploy", RELEASE="r1", RESULT=None)
    assert (tmp_path / "said").read_text().splitlines() == [
        "CELERIAC_APPLICATION=shop",
        "CELERIAC_HOOK=pre-deploy",
        "CELERIAC_HOSTS=one two",
        "CELERIAC_RELEASE=r1",
        "CELERIAC_RESULT=",
        str(tmp_path),
    ]


def test_what_a_playbook_is_passed_of_the_hooks_of_web_hosts(tmp_path: Path) -> None:
    for name in ("web-in", "pre-deploy"):
        put(tmp_path, name, "#!/bin/sh\n")
    document = {"application": "shop", "environment": "test", "build": {}}
    file, log = tmp_path / "celeriac.yml", tmp_path / "log"
    passed = hooks.of(file, document, ["one"], log).variables()["celeriac_hooks"]
    assert passed["names"] == ["web-in"]
    assert passed["facts"]["REVISION"] == {"__ansible_unsafe": ""}
    assert passed["facts"]["HOSTS"] == {"__ansible_unsafe": "one"}
    skipped = hooks.of(file, document, ["one"], log, skip=True).variables()["celeriac_hooks"]
    assert skipped["names"] == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("#!/bin/sh\nexit 3\n", "pre-build ended with 3."),
        (
            "#!/nowhere/sh\n",
            "pre-build cannot be run: No such file or directory. Has it a #! line?",
        ),
    ],
)
def test_a_hook_that_says_no(tmp_path: Path, text: str, why: str) -> None:
    put(tmp_path, "pre-build", text)
    with pytest.raises(hooks.Refused) as refused:
        Hooks(tmp_path / "hooks").run("pre-build")
    assert str(refused.value).endswith(why)


def test_a_hook_that_takes_too_long_is_ended_with_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "LIMIT", 0.5)
    put(tmp_path, "pre-connect", "#!/bin/sh\nsleep 60 & echo $! > child; wait\n")
    with pytest.raises(hooks.Refused, match=r"did not end within 0\.5 s and was ended"):
        Hooks(tmp_path / "hooks").run("pre-connect")
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 5
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(child)


def alive(pid: int) -> bool:
    """Whether it runs; one that ended and that nobody asked about does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_none_runs_where_there_is_none_or_all_are_skipped(tmp_path: Path) -> None:
    put(tmp_path, "failure", "#!/bin/sh\nexit 1\n")
    assert not Hooks(tmp_path / "hooks").run("post-deploy")
    assert not Hooks(tmp_path / "hooks", skip=True).run("failure")


@pytest.mark.parametrize(
    ("name", "mode", "problem"),
    [
        ("pre-deploy", 0o755, None),
        (".gitkeep", 0o644, None),
        ("pre-deploy", 0o644, "hooks/pre-deploy: not executable. Run: chmod +x hooks/pre-deploy"),
        ("pre-deply", 0o755, "hooks/pre-deply: no hook of this name. Did you mean 'pre-deploy'?"),
        (
            "README",
            0o644,
            "hooks/README: no hook of this name. Known here: failure, post-deploy, pre-build, "
            "pre-connect, pre-deploy, web-in, web-out.",
        ),
    ],
)
def test_what_check_says_of_the_folder(
    tmp_path: Path, name: str, mode: int, problem: str | None
) -> None:
    put(tmp_path, name, "#!/bin/sh\n", mode)
    if problem is None:
        hooks.check(tmp_path / "celeriac.yml")
        return
    with pytest.raises(InputError) as error:
        hooks.check(tmp_path / "celeriac.yml")
    assert str(error.value) == problem


def test_no_folder_is_no_mistake(tmp_path: Path) -> None:
    hooks.check(tmp_path / "celeriac.yml")
    assert not list(tmp_path.iterdir())
