#!/usr/bin/python
"""Put a built release on a host, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_room import RESERVE, free, there

DOCUMENTATION = r"""
module: celeriac_release
short_description: Unpacks a release's archive at its final path
description:
  - Without O(archive), only tells whether the release is there and whether it would fit.
    In check mode a release that is not there counts as a change.
  - With O(archive), checks its SHA-256, unpacks it beside its place and renames it, then removes the archive.
    A full disk or a damaged archive leaves nothing behind.
options:
  root: {description: Folder that holds C(releases)., type: path, required: true}
  release: {description: Name of the release., type: str, required: true}
  archive: {description: Path of the archive (tar, zstd) on this host., type: path}
  sha256: {description: What the archive's SHA-256 must be., type: str}
  unpacked_bytes: {description: Size of the unpacked release., type: int, required: true}
  archive_bytes: {description: Size of the archive., type: int, required: true}
author: [Celeriac]
"""

RETURN = r"""
present: {description: Whether the release is on the host., type: bool, returned: always}
"""


class Refused(Exception):
    """The release cannot be put here; the message says why and what to do."""


def check_room(root: Path, needed: int) -> None:
    """Raise `Refused` where ``needed`` bytes and the reserve do not fit."""
    left = free(root)
    if left < needed + RESERVE:
        raise Refused(
            f"{there(root)}: {left // 2**20} MiB free, and this release needs "
            f"{(needed + RESERVE) // 2**20} MiB (archive, unpacked, and a reserve). Remove old "
            f"folders in {root}/releases or enlarge the disk. Nothing was written."
        )


def check_sum(archive: Path, expected: str) -> None:
    """Raise `Refused` unless the file's SHA-256 is ``expected``."""
    with archive.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != expected:
        raise Refused(
            f"{archive}: its SHA-256 is {found}, not {expected}: it was damaged on the way. Deploy again."
        )


def unpack(module: AnsibleModule, archive: Path, target: Path) -> None:
    """Unpack beside ``target`` and rename; raise `Refused` and leave nothing when it fails."""
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        code, _, error = module.run_command(
            [
                "tar",
                "--extract",
                "--zstd",
                "--no-same-owner",
                "--file",
                str(archive),
                "--directory",
                str(partial),
            ]
        )
        if code != 0:
            raise Refused(
                f"{archive} could not be unpacked: {error.strip()}. Nothing was activated; deploy again."
            )
        os.sync()
        partial.rename(target)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def apply(module: AnsibleModule) -> dict:
    root = Path(module.params["root"])
    target = root / "releases" / module.params["release"]
    if target.exists():
        return {"changed": False, "present": True}
    needed = module.params["unpacked_bytes"]
    if module.params["archive"] is None:
        check_room(root, needed + module.params["archive_bytes"])
        return {"changed": module.check_mode, "present": False}
    archive = Path(module.params["archive"])
    try:
        check_room(root, needed)
        check_sum(archive, module.params["sha256"])
        unpack(module, archive, target)
    finally:
        archive.unlink(missing_ok=True)
    return {"changed": True, "present": True}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "release": {"type": "str", "required": True},
            "archive": {"type": "path"},
            "sha256": {"type": "str"},
            "unpacked_bytes": {"type": "int", "required": True},
            "archive_bytes": {"type": "int", "required": True},
        },
        required_together=[("archive", "sha256")],
        # With an archive there is nothing to tell beforehand: it was not copied.
        supports_check_mode=True,
    )
    try:
        module.exit_json(**apply(module))
    except Refused as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(msg=f"{error.filename}: {error.strerror}. Nothing was activated.")


if __name__ == "__main__":
    main()
