"""What went wrong in a playbook, in words: the callback of the playbooks tells it, the audit keeps it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Failure:
    """A task that failed on a host; ``refused`` if a gate said no and nothing broke."""

    host: str
    play: str
    task: str
    message: str
    refused: bool = False


def write_failures(failures: Iterable[Failure]) -> None:
    """Write them for `celeriac`, which puts them into the audit, where it names a file."""
    if path := os.environ.get("CELERIAC_FAILURES"):
        Path(path).write_text(json.dumps([asdict(failure) for failure in failures]))


def words(result: Mapping[str, Any]) -> str:
    """Return the words of a failed task, without what Ansible wraps around them."""
    if "censored" in result:
        return (
            "Its words are hidden, because it handles secrets. Look on the host at what it needs: "
            "free disk, the user and the service that it names."
        )
    if result.get("results"):  # a loop: the items that failed
        return "\n".join(words(item) for item in result["results"] if item.get("failed"))
    parts = [
        str(result.get("msg") or ""),
        str(result.get("stderr") or ""),
        str(result.get("module_stderr") or ""),
    ]
    unique = [
        part.strip()
        for number, part in enumerate(parts)
        if part.strip() and part not in parts[:number]
    ]
    return "\n".join(unique) or "no reason given; see the log"


def unreachable(host: str, reason: str) -> str:
    """Turn SSH's words into what is wrong and what to do."""
    return f"{_advice(host, reason)} Then run the same command again.\n{reason}"


@dataclass
class Passed:
    """A host that did not answer in a play that goes on without it, and its tasks there."""

    host: str
    play: str
    reason: str
    tasks: list[str] = field(default_factory=list)

    def as_failure(self) -> Failure:
        """Return it as what a failure that ends the playbook is told with."""
        return Failure(self.host, self.play, self.tasks[-1], unreachable(self.host, self.reason))

    def warning(self) -> str:
        """Return the sentences for a playbook that did all else."""
        tasks = ", ".join(dict.fromkeys(self.tasks))
        return (
            f"{self.host} did not answer. Left undone there, until the same command runs the next time: "
            f"{tasks} ({self.play}). {_advice(self.host, self.reason)} ({' '.join(self.reason.split())})"
        )


def _advice(host: str, reason: str) -> str:
    lowered = reason.lower()
    if "host key" in lowered or "identification has changed" in lowered:
        return (
            f"The SSH host key of {host} is not the one in the environment's known_hosts. "
            "If the host was installed anew, replace its line there with the key read on the host "
            "itself; if not, somebody may stand in between."
        )
    if "permission denied" in lowered or "authentication" in lowered:
        return (
            f"{host} refused the SSH key. Check ansible_user and ansible_ssh_private_key_file "
            "in the inventory."
        )
    return (
        f"{host} cannot be reached over SSH. Check that it runs, its address in hosts.yml "
        "and the firewall."
    )
