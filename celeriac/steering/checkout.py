"""Whether a file of a checkout is what everybody else has of it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Seconds for the upstream to say what it has.
FETCH = 20


@dataclass(frozen=True)
class Checkout:
    """``stale`` says why the file should not be changed now, else it is empty; ``note`` what could
    not be found out. Outside of git, and for a file that it ignores, both are empty.
    """

    stale: str = ""
    note: str = ""


def look(file: Path) -> Checkout:
    """Look at the file's state in git, and ask the branch's upstream for news, if it has one."""
    folder = file.resolve().parent
    if _git(folder, "rev-parse", "--is-inside-work-tree") != "true":
        return Checkout()
    if _git(folder, "check-ignore", "--quiet", "--", file.name) is not None:
        return Checkout()  # nobody gets it through git, as the lab's vault
    if _git(folder, "status", "--porcelain", "--", file.name):
        return Checkout("has changes that are not committed. Commit them, or take them back.")
    upstream = _git(folder, "rev-parse", "--abbrev-ref", "--symbolic-full-name", "@{upstream}")
    if not upstream:
        return Checkout()
    fetched = _git(folder, "fetch", "--quiet") is not None
    note = (
        "" if fetched else f"{upstream} does not answer; what it had when last asked was looked at."
    )
    behind = _git(folder, "rev-list", "--count", "HEAD..@{upstream}") or "0"
    if behind != "0":
        commits = "1 commit" if behind == "1" else f"{behind} commits"
        return Checkout(f"is {commits} behind {upstream}. Pull first.", note)
    return Checkout(note=note)


def _git(folder: Path, *words: str) -> str | None:
    """Return what git says; None if it fails, or takes too long."""
    # Nobody is there to type a password.
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes"}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            env={**quiet, **os.environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=FETCH,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
