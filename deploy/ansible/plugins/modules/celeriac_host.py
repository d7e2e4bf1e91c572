#!/usr/bin/python
"""Ask a host once for what the roles decide by."""

from __future__ import annotations

import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_memory import limit_files

DOCUMENTATION = r"""
module: celeriac_host
short_description: Tells a host's system, memory, free disk and installed packages in one call
description:
  - A small and fast replacement of fact gathering, for what the roles ask; it changes nothing.
  - The memory is what the host may use, which in a container is the limit of its control group
    (version 1 or 2), not the memory of the machine.
author: [Celeriac]
"""

RETURN = r"""
ansible_facts:
  description: "C(celeriac_host) with C(distribution) and C(release) as in os-release, C(memory_mb), C(disk_free_mb)
    of the root file system, C(packages) (names of the installed ones) and C(trust_outdated) (whether
    C(update-ca-certificates) has not run since our certificates changed)."
  type: dict
  returned: always
"""

CERTIFICATES = Path("/usr/local/share/ca-certificates/celeriac")
BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")


def os_release() -> dict[str, str]:
    lines = Path("/etc/os-release").read_text().splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line)
    return {key: value.strip("\"'") for key, value in pairs}


def physical_memory(meminfo: str) -> int:
    """Bytes of memory of the machine."""
    line = next(line for line in meminfo.splitlines() if line.startswith("MemTotal:"))
    return int(line.split()[1]) * 1024


def usable_memory(meminfo: str, cgroups: str, root: Path) -> int:
    """Bytes that the host may use: the machine's memory or the smallest limit below it."""
    limits = [file.read_text().strip() for file in limit_files(cgroups, root) if file.is_file()]
    return min([physical_memory(meminfo), *(int(limit) for limit in limits if limit.isdigit())])


def installed_packages(module: AnsibleModule) -> list[str]:
    _, out, _ = module.run_command(
        ["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package}\n"], check_rc=True
    )
    pairs = (line.split(" ", 1) for line in out.splitlines())
    return sorted(name for status, name in pairs if status == "installed")


def trust_outdated(folder: Path, bundle: Path) -> bool:
    """Whether certificates came or went since the bundle was made.

    Both change the time of the folder. Without a bundle there is nothing to update.
    """
    if not (folder.is_dir() and bundle.is_file()):
        return False
    return folder.stat().st_mtime > bundle.stat().st_mtime


def main() -> None:
    module = AnsibleModule(argument_spec={}, supports_check_mode=True)
    try:
        system = os_release()
        meminfo, cgroups = Path("/proc/meminfo").read_text(), Path("/proc/1/cgroup").read_text()
        facts = {
            "distribution": system.get("ID", "unknown"),
            "release": system.get("VERSION_ID", "unknown"),
            "memory_mb": usable_memory(meminfo, cgroups, Path("/sys/fs/cgroup")) // 2**20,
            "disk_free_mb": shutil.disk_usage("/").free // 2**20,
            "packages": installed_packages(module),
            "trust_outdated": trust_outdated(CERTIFICATES, BUNDLE),
        }
    except OSError as error:
        module.fail_json(msg=f"this host could not be read: {error}")
    module.exit_json(changed=False, ansible_facts={"celeriac_host": facts})


if __name__ == "__main__":
    main()
