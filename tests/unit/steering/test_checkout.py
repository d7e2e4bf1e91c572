"""Whether an inventory is what everybody else has of it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from celeriac.steering.checkout import look


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=ann", "-c", "user.email=ann@example.org"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


@pytest.fixture
def checkouts(tmp_path: Path) -> tuple[Path, Path]:
    """The hosts.yml of two checkouts of one repository."""
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "origin")
    for name in ("ours", "theirs"):
        git(tmp_path, "clone", "--quiet", "origin", name)
        git(tmp_path / name, "checkout", "--quiet", "-B", "main")
        if name == "ours":
            (tmp_path / name / "hosts.yml").write_text("all:\n")
            (tmp_path / name / "other").write_text("")
            git(tmp_path / name, "add", ".")
            git(tmp_path / name, "commit", "--quiet", "-m", "first")
            git(tmp_path / name, "push", "--quiet", "-u", "origin", "main")
        else:
            git(tmp_path / name, "pull", "--quiet", "origin", "main")
    return tmp_path / "ours" / "hosts.yml", tmp_path / "theirs" / "hosts.yml"


def test_one_that_is_as_committed(checkouts: tuple[Path, Path]) -> None:
    ours, _ = checkouts
    (ours.parent / "other").write_text("changed")
    found = look(ours)
    assert (found.stale, found.note) == ("", "")


@pytest.mark.parametrize("staged", [False, True])
def test_changes(checkouts: tuple[Path, Path], staged: bool) -> None:
    ours, _ = checkouts
    ours.write_text("all: {}\n")
    if staged:
        git(ours.parent, "add", "hosts.yml")
    assert look(ours).stale == "has changes that are not committed. Commit them, or take them back."


def test_behind(checkouts: tuple[Path, Path]) -> None:
    ours, theirs = checkouts
    (theirs.parent / "new").write_text("")
    git(theirs.parent, "add", ".")
    git(theirs.parent, "commit", "--quiet", "-m", "second")
    git(theirs.parent, "push", "--quiet", "origin", "main")
    assert look(ours).stale == "is 1 commit behind origin/main. Pull first."


def test_one_that_git_ignores(checkouts: tuple[Path, Path]) -> None:
    ours, theirs = checkouts
    (theirs.parent / "new").write_text("")
    git(theirs.parent, "add", ".")
    git(theirs.parent, "commit", "--quiet", "-m", "second")
    git(theirs.parent, "push", "--quiet", "origin", "main")
    (ours.parent / ".gitignore").write_text("vault.yml\n")
    (ours.parent / "vault.yml").write_text("secret")
    found = look(ours.parent / "vault.yml")
    assert (found.stale, found.note) == ("", "")


def test_an_upstream_that_is_away(checkouts: tuple[Path, Path]) -> None:
    ours, _ = checkouts
    shutil.rmtree(ours.parent.parent / "origin")
    found = look(ours)
    assert (found.stale, found.note.split(";")[0]) == ("", "origin/main does not answer")


def test_outside_of_git(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").touch()
    assert look(tmp_path / "hosts.yml").stale == ""
