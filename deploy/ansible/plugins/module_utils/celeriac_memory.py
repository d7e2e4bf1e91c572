"""What a host may use of memory: in a container its control group says so, not the machine."""

from __future__ import annotations

from pathlib import Path

# What the kernel drops before it ends a process, under the names of version 1 and 2.
DROPPED = (
    ("total_inactive_file", "total_active_file"),
    ("inactive_file", "active_file", "slab_reclaimable"),
)


def limit_files(cgroups: str, root: Path) -> list[Path]:
    """Where the limits of a process and of the groups above it may stand.

    ``cgroups`` is its ``/proc/PID/cgroup``, ``root`` where the hierarchies are mounted.
    """
    files: list[Path] = []
    for line in cgroups.splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            top, name = root / "memory", "memory.limit_in_bytes"
        elif controllers == "":  # version 2 has one hierarchy without a name
            top, name = root, "memory.max"
        else:
            continue
        group = top / path.lstrip("/")
        files += [folder / name for folder in (group, *group.parents) if folder.is_relative_to(top)]
    return files


def available(meminfo: str, cgroups: str, root: Path) -> int:
    """Bytes that processes can still get without others being ended.

    The least of what the machine has and of what each limit leaves. Files that are cached count as
    free, as the kernel drops them first.
    """
    line = next(line for line in meminfo.splitlines() if line.startswith("MemAvailable:"))
    left = [int(line.split()[1]) * 1024]
    for file in limit_files(cgroups, root):
        if file.is_file() and (limit := file.read_text().strip()).isdigit():
            left.append(int(limit) - _held(file))
    return max(0, min(left))


def _held(limit: Path) -> int:
    """Bytes in use below a limit, without what the kernel can drop."""
    version = 0 if limit.name == "memory.limit_in_bytes" else 1
    used = limit.with_name(("memory.usage_in_bytes", "memory.current")[version])
    statistics = dict(
        line.split(" ", 1) for line in limit.with_name("memory.stat").read_text().splitlines()
    )
    return int(used.read_text()) - sum(int(statistics.get(name, 0)) for name in DROPPED[version])
