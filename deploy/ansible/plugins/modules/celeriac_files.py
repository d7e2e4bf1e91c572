#!/usr/bin/python
"""Write many small files in one call, so that a host is asked once."""

from __future__ import annotations

import grp
import os
import pwd
import re
import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: celeriac_files
short_description: Writes and removes many small text files in one call
description:
  - Each file is written beside its place and renamed over it, so a reader sees the old text or the new one.
  - Missing folders are made with O(directory_mode), owner and group of the file they are made for.
  - Tells the truth in check mode. The diff hides the content where O(secret) is set.
options:
  files:
    description: What should be there. C(content) is text, C(mode) an octal string.
    type: list
    elements: dict
    default: []
    suboptions:
      path: {description: Absolute path., type: path, required: true}
      content: {description: The whole text., type: str, required: true}
      mode: {description: Octal mode., type: str, default: "0644"}
      owner: {description: Name of the owner., type: str, default: root}
      group: {description: Name of the group., type: str, default: root}
      keep:
        description:
          - Regular expression. What matches it in the file that is there and is not in C(content) stays, at the end.
          - It matches what stands before such a piece, too, as C(\n) before a whole line.
        type: str
        default: ""
  absent:
    description: Paths of files that should not be there.
    type: list
    elements: path
    default: []
  only:
    description:
      - Folders in which nothing but the files of this call should stand.
      - Other plain files in them are removed; folders below them are not entered.
    type: list
    elements: path
    default: []
  directory_mode:
    description: Octal mode of folders that have to be made.
    type: str
    default: "0755"
  secret:
    description: Whether the content must not be shown in a diff.
    type: bool
    default: false
author: [Celeriac]
"""

RETURN = r"""
written: {description: Paths written or whose owner or mode changed., type: list, returned: always}
removed: {description: Paths removed., type: list, returned: always}
kept: {description: Paths of files that have more than C(content) because of C(keep)., type: list, returned: always}
"""


class Refused(Exception):
    """The host does not allow what was asked; the message names the path and why."""


def owner_ids(owner: str, group: str) -> tuple[int, int]:
    try:
        return pwd.getpwnam(owner).pw_uid, grp.getgrnam(group).gr_gid
    except KeyError as error:
        raise Refused(f"no such user or group on this host: {error.args[0]}") from error


def current_text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return None


def together(content: str, before: str, keep: str) -> str:
    """Return the content with what is to be kept of the text before, each piece once."""
    if not keep:
        return content
    new = re.findall(keep, content)
    pieces = [piece for piece in dict.fromkeys(re.findall(keep, before)) if piece not in new]
    return content.rstrip("\n") + "".join(pieces) + "\n" if pieces else content


def as_it_should_be(path: Path, wanted: dict, ids: tuple[int, int], before: str | None) -> bool:
    if before != wanted["content"]:
        return False
    status = path.stat()
    return (status.st_uid, status.st_gid) == ids and status.st_mode & 0o7777 == int(
        wanted["mode"], 8
    )


def make_folder(folder: Path, mode: int, ids: tuple[int, int]) -> None:
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for new in reversed(missing):
        new.mkdir()
        new.chmod(mode)
        os.chown(new, *ids)


def write(path: Path, wanted: dict, ids: tuple[int, int], folder_mode: int) -> None:
    """Replace the file in one step; an error on the way leaves the old one."""
    make_folder(path.parent, folder_mode, ids)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".celeriac-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.write(wanted["content"])
            stream.flush()
            os.fsync(stream.fileno())
        os.chown(temporary, *ids)
        temporary.chmod(int(wanted["mode"], 8))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def superfluous(params: dict) -> list[Path]:
    kept = {Path(wanted["path"]) for wanted in params["files"]}
    found = [Path(name) for name in params["absent"]]
    for folder in map(Path, params["only"]):
        if folder.is_dir():
            found += sorted(
                entry for entry in folder.iterdir() if entry not in kept and not entry.is_dir()
            )
    return [path for path in found if path.is_file() or path.is_symlink()]


def apply(params: dict, check_mode: bool) -> dict:
    written, removed, kept, diff = [], [], [], []
    for described in params["files"]:
        path, ids = Path(described["path"]), owner_ids(described["owner"], described["group"])
        before = current_text(path)
        content = together(described["content"], before or "", described.get("keep", ""))
        wanted = {**described, "content": content}
        if content != described["content"]:
            kept.append(str(path))
        if as_it_should_be(path, wanted, ids, before):
            continue
        written.append(str(path))
        if not params["secret"]:
            diff.append(_diff(path, before or "", wanted["content"]))
        if not check_mode:
            write(path, wanted, ids, int(params["directory_mode"], 8))
    for path in superfluous(params):
        removed.append(str(path))
        if not params["secret"]:
            diff.append(_diff(path, current_text(path) or "", ""))
        if not check_mode:
            path.unlink()
    return {
        "changed": bool(written or removed),
        "written": written,
        "removed": removed,
        "kept": kept,
        "diff": diff,
    }


def _diff(path: Path, before: str, after: str) -> dict:
    return {"before_header": str(path), "after_header": str(path), "before": before, "after": after}


def main() -> None:
    file_options = {
        "path": {"type": "path", "required": True},
        "content": {"type": "str", "required": True, "no_log": False},
        "mode": {"type": "str", "default": "0644"},
        "owner": {"type": "str", "default": "root"},
        "group": {"type": "str", "default": "root"},
        "keep": {"type": "str", "default": "", "no_log": False},
    }
    module = AnsibleModule(
        argument_spec={
            "files": {"type": "list", "elements": "dict", "options": file_options, "default": []},
            "absent": {"type": "list", "elements": "path", "default": []},
            "only": {"type": "list", "elements": "path", "default": []},
            "directory_mode": {"type": "str", "default": "0755"},
            "secret": {"type": "bool", "default": False, "no_log": False},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**apply(module.params, module.check_mode))
    except Refused as error:
        module.fail_json(msg=str(error))
    except OSError as error:
        module.fail_json(
            msg=f"{error.filename or 'a file'}: {error.strerror}. Nothing of this file was changed."
        )


if __name__ == "__main__":
    main()
