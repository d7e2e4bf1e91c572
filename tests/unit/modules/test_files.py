"""The module that writes many small files: what it changes, and what it says it would."""

from __future__ import annotations

import getpass
import grp
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.modules.loading import module

files = module("celeriac_files")
ROLES = Path(__file__).parents[3] / "deploy" / "ansible" / "roles"
# What a task names that writes or removes secrets; a role's own files say it in its variables.
SECRET = re.compile(r"credential|secret|cookie|certificates|__haproxy_acme|__redis_users")
ME = {"owner": getpass.getuser(), "group": grp.getgrgid(os.getgid()).gr_name}


def wanted(path: Path, content: str = "new\n", mode: str = "0640") -> dict[str, str]:
    return {"path": str(path), "content": content, "mode": mode, **ME}


def apply(check: bool = False, **given: Any) -> dict[str, Any]:
    params = {"files": [], "absent": [], "only": [], "directory_mode": "0750", "secret": False}
    return files.apply({**params, **given}, check)


def test_a_missing_file_is_written_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    assert apply(files=[wanted(path)])["written"] == [str(path)]
    assert path.read_text() == "new\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.parent.stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize(
    ("before", "mode", "changed"),
    [
        ("new\n", 0o640, False),
        ("old\n", 0o640, True),
        ("new\n", 0o600, True),
        ("new\r\n", 0o640, True),
    ],
)
def test_it_changes_what_differs_and_nothing_else(
    tmp_path: Path, before: str, mode: int, changed: bool
) -> None:
    path = tmp_path / "file"
    path.write_text(before, newline="")
    path.chmod(mode)
    for check in (True, False):  # the first must not have done it already
        assert apply(check, files=[wanted(path)])["changed"] is changed
    assert apply(files=[wanted(path)])["changed"] is False
    assert path.read_bytes() == b"new\n"


def test_check_mode_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a" / "file"
    assert apply(check=True, files=[wanted(path)])["written"] == [str(path)]
    assert not path.parent.exists()


def test_only_removes_other_files_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "stale").write_text("")
    (tmp_path / "folder").mkdir()
    result = apply(files=[wanted(tmp_path / "kept")], only=[str(tmp_path)])
    assert result["removed"] == [str(tmp_path / "stale")]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["folder", "kept"]


def test_a_secret_is_not_in_the_diff(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert "new" in str(apply(check=True, files=[wanted(path)])["diff"])
    assert apply(check=True, files=[wanted(path)], secret=True)["diff"] == []
    path.write_text("a password")
    assert "a password" in str(apply(check=True, only=[str(tmp_path)])["diff"])
    assert apply(check=True, only=[str(tmp_path)], secret=True)["diff"] == []


def tasks(found: Any) -> Iterator[dict[str, Any]]:
    for task in found or []:
        yield task
        for part in ("block", "rescue", "always"):
            yield from tasks(task.get(part))


def test_every_task_about_secrets_says_so() -> None:
    about = [
        task["celeriac_files"]
        for file in sorted(ROLES.glob("*/tasks/*.yml"))
        for task in tasks(yaml.safe_load(file.read_text()))
        if "celeriac_files" in task and SECRET.search(str(task["celeriac_files"]))
    ]
    assert len(about) >= 6
    assert [one for one in about if not one.get("secret")] == []


def test_an_unknown_owner_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with pytest.raises(files.Refused, match="no such user or group"):
        apply(files=[{**wanted(path), "owner": "nobody-of-this-name"}])
    assert not path.exists()


RULES, RULE = r"\nhostssl .+", "# hosts\nhostssl shop a {}\n"
KEYS, USER = r" [~&]\S+", "user shop on #{} {} +@all{}\n"


@pytest.mark.parametrize(
    ("keep", "before", "content", "after"),
    [
        (RULES, RULE.format("h1"), RULE.format("h2"), RULE.format("h2") + "hostssl shop a h1\n"),
        (RULES, RULE.format("h1"), "# hosts\n", RULE.format("h1")),
        (RULES, "#\nhostssl shop a h1\n", RULE.format("h1"), RULE.format("h1")),
        (RULES, "", RULE.format("h1"), RULE.format("h1")),
        (KEYS, USER.format(1, "~shop:*", ""), USER.format(2, "~s:*", ""), USER.format(2, "~s:*", " ~shop:*")),
        (KEYS, USER.format(1, "~* &*", ""), USER.format(1, "~s:*", ""), USER.format(1, "~s:*", " ~* &*")),
        ("", "old\n", "new\n", "new\n"),
    ],
)  # fmt: skip
def test_a_part_of_what_was_there_stays(
    tmp_path: Path, keep: str, before: str, content: str, after: str
) -> None:
    path = tmp_path / "file"
    path.write_text(before)
    path.chmod(0o640)
    given = {**wanted(path, content), "keep": keep}
    said = apply(files=[given])
    assert path.read_text() == after
    assert said["kept"] == ([str(path)] if after != content else [])
    again = apply(files=[given])
    assert (again["written"], again["kept"]) == ([], said["kept"])
    exact = apply(files=[wanted(path, content)])
    assert (path.read_text(), exact["kept"]) == (content, [])
    assert exact["changed"] == (after != content)
