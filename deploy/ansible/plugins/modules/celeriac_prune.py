#!/usr/bin/python
"""Remove old releases that nothing needs any more."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_systemd import ALIVE, Systemd, release_of

DOCUMENTATION = r"""
module: celeriac_prune
short_description: Removes releases beyond those to keep
description:
  - The newest O(keep) stay, and whatever else O(protected) names, a unit of this host still runs or would start.
  - Only what bears a release's name is looked at; what a deploy that was cut off has left half done goes, too.
  - Their files go while the deploy goes on, or has ended.
  - What cannot be found out, or was not removed by the last deploy, is a warning; each deploy tries again.
options:
  root: {description: Folder that holds C(releases)., type: path, required: true}
  keep: {description: How many of the newest stay., type: int, required: true}
  protected: {description: Names of releases that stay in any case., type: list, elements: str, required: true}
author: [Celeriac]
"""

RETURN = r"""
removed: {description: "Names of releases that were, or in check mode would be, removed.", type: list, returned: always}
"""

ASIDE = "releases/.*.old"
NAME = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{10}")


def needed(module: AnsibleModule) -> set[str]:
    """Return the instances of units that run, still finish their work, or start with the host."""
    systemd, units = Systemd(module), "*@*.service"
    return {
        release_of(name) for name in systemd.listed(units, states=ALIVE) + systemd.enabled(units)
    }


def superfluous(names: list[str], keep: int, stay: set[str]) -> list[str]:
    """Return which of these releases go, oldest first. Names sort by the time of the build."""
    releases = sorted(name for name in names if NAME.fullmatch(name))
    return [name for name in releases[:-keep] if name not in stay]


def set_aside(module: AnsibleModule, folder: Path) -> bool:
    """Rename a release to what a prune leaves: one of its name is whole or not there."""
    aside = folder.with_name(f".{folder.name}.old")
    try:
        shutil.rmtree(aside, ignore_errors=True)  # of a removal that was cut off
        folder.rename(aside)
    except OSError as error:
        module.warn(f"{folder} could not be removed: {error.filename}: {error.strerror}")
        return False
    return True


def leftovers(root: Path, pattern: str) -> list[Path]:
    """What a prune, or the shipping of a release, left when it was cut off; the pattern has one star."""
    begin, end = pattern.rpartition("/")[2].split("*")
    return [
        path
        for path in root.glob(pattern)
        if NAME.fullmatch(path.name.removeprefix(begin).removesuffix(end))
    ]


def drop_unfinished(root: Path) -> None:
    """Remove what shipping left, and wait: the next deploy ships to the same places."""
    for path in leftovers(root, "releases/.*.partial"):
        shutil.rmtree(path, ignore_errors=True)
    for path in leftovers(root, "incoming-*.tar.zst"):
        path.unlink(missing_ok=True)


def drop(module: AnsibleModule, paths: list[Path]) -> None:
    """Have systemd remove them, and do not wait: ten thousand files take a busy disk seconds."""
    if not paths:
        return
    idle = ("--nice=19", "--property=IOSchedulingClass=idle")
    run = ["systemd-run", "--quiet", "--collect", *idle, "--description=Remove old releases", "--"]
    code, _, error = module.run_command([*run, "rm", "--recursive", "--force", *map(str, paths)])
    if code != 0:
        module.warn(f"old releases could not be removed: {error.strip()}")


def apply(module: AnsibleModule) -> dict:
    releases = Path(module.params["root"]) / "releases"
    if not releases.is_dir():
        return {"changed": False, "removed": []}
    stay = {*module.params["protected"], *needed(module)}
    names = [path.name for path in releases.iterdir() if path.is_dir()]
    going = superfluous(names, module.params["keep"], stay)
    if not module.check_mode:
        root = releases.parent
        for path in leftovers(root, ASIDE):
            module.warn(
                f"{path} is still here; an earlier deploy had it removed. It is tried again."
            )
        drop_unfinished(root)
        going = [name for name in going if set_aside(module, releases / name)]
        drop(module, leftovers(root, ASIDE))
    return {"changed": bool(going), "removed": going}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "keep": {"type": "int", "required": True},
            "protected": {"type": "list", "elements": "str", "required": True},
        },
        supports_check_mode=True,
    )
    try:
        done = apply(module)
    except (RuntimeError, OSError) as error:
        module.warn(f"no old release was removed: {error}")
        done = {"changed": False, "removed": []}
    module.exit_json(**done)


if __name__ == "__main__":
    main()
