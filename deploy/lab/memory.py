"""What a host's memory cgroup holds, for which `docker stats` shows 0 under cgroup v1."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

_ROOT = Path("/sys/fs/cgroup")


class Files(NamedTuple):
    """One version's files: bytes in use, and the statistics' name of what can be dropped."""

    usage: Path
    stat: Path
    droppable: str


def used(pid: int, container: str) -> int | None:
    """Return the bytes a container uses without its inactive file cache, as Docker counts them.

    ``pid`` is the container's first process, ``container`` its id. None when this machine has no
    such cgroup, because the engine runs in a virtual machine for example.
    """
    try:
        files = locate(Path(f"/proc/{pid}/cgroup").read_text(), container)
        statistics = dict(line.split() for line in files.stat.read_text().splitlines())
        return int(files.usage.read_text()) - int(statistics[files.droppable])
    except FileNotFoundError:
        return None


def locate(membership: str, container: str) -> Files:
    """Return the container's memory files from the text of a ``/proc/<pid>/cgroup``.

    systemd moves its processes into cgroups below the container's own, so the path is cut at
    the folder that carries the container's id. Raises FileNotFoundError when none does.
    """
    paths: dict[str, str] = {}
    for line in membership.splitlines():
        _, controllers, path = line.split(":", 2)
        paths |= dict.fromkeys(controllers.split(","), path)
    if "memory" in paths:  # cgroup v1
        folder = _ROOT / "memory" / _own(paths["memory"], container)
        return Files(
            folder / "memory.usage_in_bytes", folder / "memory.stat", "total_inactive_file"
        )
    folder = _ROOT / _own(paths.get("", "/"), container)
    return Files(folder / "memory.current", folder / "memory.stat", "inactive_file")


def _own(path: str, container: str) -> Path:
    parts = Path(path.lstrip("/")).parts
    for index, part in enumerate(parts):
        if container in part:
            return Path(*parts[: index + 1])
    raise FileNotFoundError(path)
