"""The shop as it is after a deploy: what its hosts remember of that, and its checkout."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from celeriac.steering.check_run import CheckRun
from tests.unit.fleet.conftest import RELEASE
from tests.unit.fleet.hosts import Hosts

DONE = {"what": "deploy", "result": "done", "release": RELEASE, "when": "2026-11-22T09:12:00+00:00"}
ARCHIVE = {"release": RELEASE, "sha256": "ab", "archive_bytes": 1, "unpacked_bytes": 1}


class Scaled:
    """The shop, deployed. ``runs``: the documents that playbooks got; ``found``: what a check finds."""

    def __init__(self, hosts: Hosts, folder: Path) -> None:
        self.hosts, self.folder = hosts, folder
        self.runs: list[dict[str, Any]] = []
        self.found = CheckRun([])
        self.file = folder / "inventories" / "test" / "hosts.yml"
        for host in ("one", "two", "three"):
            hosts.put(host, "active", "")
        self.record(hosts.description.read_text())
        self.archive = folder / "left" / "cache" / "releases" / "shop" / f"{RELEASE}.tar.zst"
        self.archive.parent.mkdir(parents=True)
        self.archive.touch()

    def record(self, text: str, **line: Any) -> None:
        """Write audit and record of a release that was built with a description."""
        archives, state = self.folder / "archives" / "shop", self.folder / "state" / "shop"
        for folder in (archives, state):
            folder.mkdir(parents=True, exist_ok=True)
        record = {**ARCHIVE, "description": text}
        (archives / f"{RELEASE}.json").write_text(json.dumps(record))
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        entry = {**DONE, "description": sha256, **line}
        (state / "audit.jsonl").write_text(f"{json.dumps(entry)}\n")

    def git(self, *words: str) -> None:
        who = ["-c", "user.name=ann", "-c", "user.email=ann@example.org"]
        subprocess.run(["git", *who, *words], cwd=self.folder, check=True, capture_output=True)
