"""Tells what a host knows of an application's releases, as JSON. Sent to the host's own Python.

Arguments: the folder of the application's releases, that of their records and that of its state.
What is not on this host is empty. Changes nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


def look(root: Path, records: Path, state: Path) -> dict[str, Any]:
    folders = (root / "releases").glob("[0-9]*")
    current = root / "current"
    return {
        "releases": sorted(folder.name for folder in folders if folder.is_dir()),
        "current": current.readlink().name if current.is_symlink() else None,
        "records": {file.stem: file.read_text() for file in sorted(records.glob("*.json"))},
        "lock": text(state / "lock"),
        "audit": text(state / "audit.jsonl"),
    }


def text(path: Path) -> str | None:
    try:
        return path.read_text(errors="replace")
    except FileNotFoundError:
        return None


def running() -> dict[str, str]:
    """Return the instances of units that run, or still finish their work, to their states."""
    states = "--state=active,activating,reloading,deactivating"
    command = ["systemctl", "list-units", "--plain", "--no-legend", "--full", states, "*@*.service"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    words = [line.split() for line in done.stdout.splitlines() if line.strip()]
    return {name: state for name, _, state, *_ in words}


if __name__ == "__main__":
    found = look(*(Path(argument) for argument in sys.argv[1:4]))
    print(json.dumps({**found, "units": running()}))
