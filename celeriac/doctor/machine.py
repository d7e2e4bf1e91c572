"""Checks of the machine that deploys."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from celeriac.doctor.finding import HERE, Finding, ok
from celeriac.environments import ROOT

OLDEST = (3, 11)
# MiB for archives of releases: below the first a deploy soon fails, below the second one should look.
_LEAST, _LITTLE = 512, 2048
_REMAKE = "Make the control environment again: `make clean`, then the make target you want."


def python() -> Finding:
    """The interpreter is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST:
        remedy = "Make the control environment with 3.11 or newer: make PYTHON=python3.13 …"
        return Finding(HERE, "python", "failed", f"{version} is too old", remedy)
    return ok(HERE, "python", version)


def packages(lock: Path = ROOT / "requirements.txt") -> Finding:
    """The environment is what the lock says: other versions were not tried together."""
    try:
        wanted = list(_wanted(lock.read_text(encoding="utf-8")))
    except OSError:
        remedy = "Run celeriac from a checkout of its repository."
        return Finding(HERE, "packages", "failed", f"there is no lock {lock}", remedy)
    missing, other = [], []
    for requirement in wanted:
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(requirement.name)
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            other.append(f"{requirement.name} {version}, locked is {requirement.specifier}")
    if missing:
        what = f"missing: {_some(missing)}"
        return Finding(HERE, "packages", "failed", what, _REMAKE)
    if other:
        return Finding(HERE, "packages", "warning", _some(other), _REMAKE)
    return ok(HERE, "packages", f"{len(wanted)} as requirements.txt locks them")


def _wanted(lock: str) -> list[Requirement]:
    found = []
    for line in re.sub(r"\\\n\s*--hash=\S+", "", lock).splitlines():
        text = line.partition("#")[0].strip().rstrip("\\").strip()
        try:
            found += [Requirement(text)] if text else []
        except InvalidRequirement:
            continue  # an option of pip
    return found


def _some(items: list[str]) -> str:
    more = f" and {len(items) - 4} more" if len(items) > 4 else ""
    return "; ".join(items[:4]) + more


def tool(name: str, command: list[str], package: str) -> Callable[[], Finding]:
    """Return the check whether a program of this machine runs."""

    def check() -> Finding:
        remedy = f"Install it. On Debian: apt-get install {package}"
        if shutil.which(command[0]) is None:
            return Finding(HERE, name, "failed", f"there is no {command[0]} on the PATH", remedy)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        said = (done.stdout or done.stderr).strip().splitlines()
        if done.returncode:
            what = f"{command[0]} fails: {said[-1] if said else 'it says nothing'}"
            return Finding(HERE, name, "failed", what, remedy)
        return ok(HERE, name, said[0] if said else command[0])

    return check


def disk(folder: Path = ROOT) -> Finding:
    """There is room for archives and logs, which are kept below the checkout."""
    free = shutil.disk_usage(folder).free // 2**20
    remedy = f"Remove old files below {folder / '.celeriac' / 'cache'}, or enlarge the disk."
    if free < _LITTLE:
        state = "failed" if free < _LEAST else "warning"
        return Finding(HERE, "disk", state, f"{free} MiB free for archives of releases", remedy)  # type: ignore[arg-type]
    return ok(HERE, "disk", f"{free} MiB free")


CHECKS: tuple[Callable[[], Finding], ...] = (
    python,
    packages,
    tool("ssh", ["ssh", "-V"], "openssh-client"),
    tool("git", ["git", "--version"], "git"),
    disk,
)
