#!/usr/bin/python
"""Add a line to what is remembered of an application's deploys, and tell the lines before."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: celeriac_audit
short_description: Appends a line of JSON to an application's audit on this host
description:
  - A line is written by one call, at the end of the file, and is on the disk when the module returns.
  - The time, and for a line about a release the release that was in force before, are added here.
  - Without O(entry), and in check mode, it only reads. Writing the line is no change of the host.
options:
  path: {description: The file., type: path, required: true}
  entry: {description: "The line: who, what, release, result, where, seconds, message.", type: dict}
author: [Celeriac]
"""

RETURN = r"""
entries: {description: "The last lines before this one, oldest first.", type: list, returned: always}
"""

# Enough to find the release before; a line has some 300 bytes.
LINES = 500


def read(path: Path) -> list[dict]:
    """Return the last lines; what is not a whole line of JSON is left out."""
    try:
        lines = path.read_text(errors="replace").splitlines()[-LINES:]
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            found.append(entry)
    return found


def in_force(entries: list[dict]) -> str | None:
    done = [
        entry["release"]
        for entry in entries
        if entry.get("what") in ("deploy", "rollback")
        and entry.get("result") == "done"
        and entry.get("release")
    ]
    return done[-1] if done else None


def append(path: Path, entry: dict) -> None:
    """Add a line. After half a line, left by a full disk, it begins a new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(entry) + "\n"
    descriptor = os.open(path, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            text = "\n" + text
        os.write(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def apply(params: dict, check_mode: bool) -> dict:
    path, entry = Path(params["path"]), params["entry"]
    entries = read(path)
    if entry and not check_mode:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        about = {"from": in_force(entries)} if entry["what"] in ("deploy", "rollback") else {}
        append(path, {"when": now, **about, **entry})
    return {"entries": entries}


def main() -> None:
    module = AnsibleModule(
        argument_spec={"path": {"type": "path", "required": True}, "entry": {"type": "dict"}},
        supports_check_mode=True,
    )
    try:
        module.exit_json(changed=False, **apply(module.params, module.check_mode))
    except OSError as error:
        module.fail_json(msg=f"{error.filename}: {error.strerror}. The audit has no line of this.")


if __name__ == "__main__":
    main()
