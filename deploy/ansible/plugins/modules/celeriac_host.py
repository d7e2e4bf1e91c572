#!/usr/bin/python
"""Ask a host once for what the roles decide by."""

from __future__ import annotations

import pwd
import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_memory import limit_files
from ansible.module_utils.celeriac_service_state import show, verbs

DOCUMENTATION = r"""
module: celeriac_host
short_description: Tells a host's system, memory, free disk and installed packages in one call
description:
  - A small and fast replacement of fact gathering, for what the roles ask; it changes nothing.
  - The memory is what the host may use, which in a container is the limit of its control group
    (version 1 or 2), not the memory of the machine.
  - A host that is not what the options ask for is refused, with a remedy.
options:
  system: {description: "Distribution and release that the roles are written for, as in os-release.", type: str}
  minimum_memory_mb: {description: Memory (MiB) that the host must have., type: int, default: 0}
  minimum_disk_mb: {description: Space (MiB) that must be free on the root file system., type: int, default: 0}
  names: {description: The lines of our block in C(/etc/hosts)., type: str, default: ""}
  application: {description: Name of the application whose account is looked for., type: str}
  services:
    description: Units with files, as C(celeriac_services) takes them.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Full name of the unit., type: str, required: true}
      files: {description: Files whose change needs a restart., type: list, elements: path, default: []}
author: [Celeriac]
"""

RETURN = r"""
ansible_facts:
  description: "C(celeriac_host) with C(distribution) and C(release) as in os-release, C(memory_mb), C(disk_free_mb)
    of the root file system, C(packages) (names of the installed ones), C(trust_outdated) (whether
    C(update-ca-certificates) has not run since our certificates changed), C(named) (whether C(/etc/hosts) has O(names)
    and nothing else of ours), C(account) (whether O(application) has its account and its folder of releases) and
    C(served) (whether O(services) run with their files)."
  type: dict
  returned: always
"""

CERTIFICATES = Path("/usr/local/share/ca-certificates/celeriac")
BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
HOSTS = Path("/etc/hosts")
# The lines that blockinfile puts around what role base has it write.
BEGIN, END = (f"# {mark} Celeriac: the hosts of the inventory\n" for mark in ("BEGIN", "END"))


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


def named(hosts: Path, names: str) -> bool:
    """Whether the file would stay as it is if blockinfile wrote ``names`` into it."""
    text = hosts.read_text(errors="replace")
    lines = names if names.endswith("\n") or not names else f"{names}\n"
    block = f"{BEGIN}{lines}{END}" if names else ""
    marks = 1 if names else 0
    return (
        hosts.stat().st_mode & 0o7777 == 0o644
        and (text.count(BEGIN), text.count(END)) == (marks, marks)
        and block in text
    )


def account(application: str | None, root: Path = Path("/srv")) -> bool:
    """Whether the application's user is as role base makes it, and its folder of releases root's."""
    if not application:
        return False
    try:
        user, releases = pwd.getpwnam(application), root / application / "releases"
        status = releases.lstat()
    except (KeyError, OSError):
        return False
    return (
        (user.pw_dir, user.pw_shell) == (f"/srv/{application}", "/usr/sbin/nologin")
        and releases.is_dir()
        and (status.st_uid, status.st_gid, status.st_mode & 0o7777) == (0, 0, 0o755)
    )


def served(module: AnsibleModule, services: list[dict]) -> bool:
    """Whether `celeriac_services` would find nothing to do; a unit that is not installed has no state."""
    found = [(show(module, service["name"]), service) for service in services]
    return not any(
        state["NeedDaemonReload"] == "yes" or verbs(state, {**service, "reload_files": []}, [])
        for state, service in found
    )


def problems(facts: dict, asked: dict) -> list[str]:
    """Return what the host lacks, each with its remedy."""
    found, system = [], f"{facts['distribution']} {facts['release']}"
    if asked["system"] and system != asked["system"]:
        wanted = asked["system"].capitalize()
        found.append(
            f"It runs {system}, and the roles are written for {wanted}: install {wanted} on it or "
            "take it out of the inventory."
        )
    if facts["memory_mb"] < asked["minimum_memory_mb"]:
        found.append(
            f"It has {facts['memory_mb']} MiB of memory and needs {asked['minimum_memory_mb']}: "
            "enlarge it, or lower base_minimum_memory_mb for it in the inventory."
        )
    if facts["disk_free_mb"] < asked["minimum_disk_mb"]:
        found.append(
            f"It has {facts['disk_free_mb']} MiB free on / and needs {asked['minimum_disk_mb']}: remove "
            "files, enlarge the disk, or lower base_minimum_disk_mb for it in the inventory."
        )
    return found


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "system": {"type": "str"},
            "minimum_memory_mb": {"type": "int", "default": 0},
            "minimum_disk_mb": {"type": "int", "default": 0},
            "names": {"type": "str", "default": ""},
            "application": {"type": "str"},
            "services": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "name": {"type": "str", "required": True},
                    "files": {"type": "list", "elements": "path", "default": []},
                },
            },
        },
        supports_check_mode=True,
    )
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
            "named": named(HOSTS, module.params["names"]),
            "account": account(module.params["application"]),
            "served": served(module, module.params["services"]),
        }
    except OSError as error:
        module.fail_json(msg=f"this host could not be read: {error}")
    if lacking := problems(facts, module.params):
        module.fail_json(msg=" ".join(lacking))
    module.exit_json(changed=False, ansible_facts={"celeriac_host": facts})


if __name__ == "__main__":
    main()
