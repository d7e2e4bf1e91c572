#!/usr/bin/python
"""Keep the static files of all releases on a host together."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: celeriac_static
short_description: Makes a folder with the static files of every release of an application on this host
description:
  - A page that one release has rendered names files that the next one may not have, so nginx looks here for what the
    release that it serves has not. The files are hard links and take no room.
  - Of files of the same name the newest release's is taken. Files of releases that are gone are removed.
  - Each file is put there in one step; nobody sees half of it, or the name without it.
options:
  root:
    description: Folder that holds C(releases); the files get together in C(static) beside it.
    type: path
    required: true
  coming: {description: A release that this run would bring and check mode has not., type: bool, default: false}
author: [Celeriac]
"""

RETURN = r"""
linked: {description: How many files are new or another release's., type: int, returned: always}
removed: {description: How many files no release has any more., type: int, returned: always}
"""

NAME = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{10}")


def files(folder: Path) -> dict[str, Path]:
    """Return path below the folder to file, for all plain files in it."""
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            if not path.is_symlink():
                found[str(path.relative_to(folder))] = path
    return found


def together(releases: Path) -> dict[str, Path]:
    """Return each file's path below C(static) to the newest release's file of that name."""
    found: dict[str, Path] = {}
    names = sorted(path.name for path in releases.iterdir()) if releases.is_dir() else []
    for name in names:
        if NAME.fullmatch(name):
            found |= files(releases / name / "static")
    return found


def same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (FileNotFoundError, NotADirectoryError):
        return False


def link(source: Path, target: Path) -> bool:
    """Put the file there; not where a folder of another release has its name."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        return False
    if target.is_dir():
        return False
    partial = target.with_name(f".{target.name}.celeriac")
    partial.unlink(missing_ok=True)
    os.link(source, partial)
    partial.replace(target)
    return True


def remove(union: Path, relative: str) -> None:
    """Remove a file, and the folders that it leaves empty."""
    path = union / relative
    path.unlink(missing_ok=True)
    for parent in path.parents:
        if parent == union or any(parent.iterdir()):
            return
        parent.rmdir()


def apply(root: Path, check_mode: bool, coming: bool) -> dict:
    union, wanted = root / "static", together(root / "releases")
    there = files(union)
    missing = [name for name, source in wanted.items() if not same(source, union / name)]
    gone = sorted(there.keys() - wanted.keys())
    if not check_mode:
        for name in gone:
            remove(union, name)
        missing = [name for name in missing if link(wanted[name], union / name)]
    changed = bool(missing or gone or (check_mode and coming))
    return {"changed": changed, "linked": len(missing), "removed": len(gone)}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "coming": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    root = Path(module.params["root"])
    try:
        module.exit_json(**apply(root, module.check_mode, module.params["coming"]))
    except OSError as error:
        module.fail_json(msg=f"{error.filename}: {error.strerror}. What nginx serves is as it was.")


if __name__ == "__main__":
    main()
