#!/usr/bin/python
"""Tell why a host has something to do when a release is activated; most often there is nothing."""

from __future__ import annotations

from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.celeriac_stamp import Unclear, answer
from ansible.module_utils.celeriac_systemd import Systemd, action, instance, mark, of_application

DOCUMENTATION = r"""
module: celeriac_settled
short_description: Tells in one call whether the roles that activate a release would find anything to do on a host
description:
  - It changes nothing. Whoever is told of no reason may leave the host out of what goes one host after the other.
  - What those roles would only say, as that a pool is paused or the site in maintenance, is a reason, so that they do.
options:
  application: {description: The application., type: str, required: true}
  release: {description: The release., type: str, required: true}
  root: {description: "Folder that holds C(releases), and C(current) if units run.", type: path, required: true}
  state: {description: The application's folder for what the host remembers., type: path, required: true}
  configuration: {description: Folder of the processes' environments and credentials., type: path, required: true}
  credentials: {description: Folders of credentials that belong here., type: list, elements: path, default: []}
  units:
    description: Units that should run, and no other instance of the application.
    type: list
    elements: dict
    required: true
    suboptions:
      name: {description: Name before the at sign., type: str, required: true}
      files: {description: Files that the unit reads when it starts., type: list, elements: path, default: []}
  written:
    description: Files that in check mode would have been written; those count as younger.
    type: list
    elements: path
    default: []
  files: {description: "Path of each file to its text; its mode is 0644.", type: dict, default: {}}
  links: {description: Path of each link to where it points., type: dict, default: {}}
  absent: {description: Paths that should not be there., type: list, elements: path, default: []}
  check: {description: "A command that has to succeed, unless it is empty.", type: list, elements: str, default: []}
  answers:
    description: What the host has to answer itself. A certificate's name is not looked at.
    type: list
    elements: dict
    default: []
    suboptions:
      url: {description: "What is asked, http or https.", type: str, required: true}
      host: {description: The name in the question., type: str, required: true}
      codes: {description: Statuses that are well., type: list, elements: int, required: true}
      socket: {description: "Socket of the server; empty for the address in C(url).", type: str, default: ""}
author: [Celeriac]
"""

RETURN = r"""
reasons: {description: Why there is something to do., type: list, elements: str, returned: always}
answers: {description: What the host had to answer., type: list, elements: dict, returned: always}
"""


def ill(asked: dict) -> str:
    """Return why an answer is not well; empty if it is."""
    try:
        answer(asked)
    except Unclear as error:
        return str(error)
    return ""


def of_units(systemd: Systemd, params: dict) -> list[str]:
    """Reasons in units: those that do not run as they should, or are not the release's, and marks on them."""
    release, state = params["release"], params["state"]
    wanted = {instance(unit["name"], release): unit for unit in params["units"]}
    states = systemd.properties(list(wanted))
    found = []
    for name, unit in wanted.items():
        if verb := action(states[name], unit["files"], params["written"]):
            found.append(f"{verb} {name}")
        found += [
            f"{what} {name}" for what in ("paused", "drained") if mark(state, what, unit["name"])
        ]
    others = systemd.others(of_application(params["application"]), set(wanted))
    return found + [f"stop {name}" for name in others]


def of_files(params: dict) -> list[str]:
    """Reasons in files: those that are not as they should be."""
    found = []
    for name, text in params["files"].items():
        path = Path(name)
        right = path.is_file() and path.stat().st_mode & 0o7777 == 0o644
        if not (right and path.read_bytes() == text.encode()):
            found.append(f"write {name}")
    for name, target in params["links"].items():
        path = Path(name)
        if not (path.is_symlink() and str(path.readlink()) == target):
            found.append(f"link {name}")
    return found + [
        f"remove {name}"
        for name in params["absent"]
        if Path(name).exists() or Path(name).is_symlink()
    ]


def of_secrets(configuration: Path, belong: list[str]) -> list[str]:
    """Reasons in credentials: files of those whose process is not here any more."""
    return [
        f"remove the secrets in {folder}"
        for pattern in ("credentials", "*/credentials")
        for folder in configuration.glob(pattern)
        if str(folder) not in belong and any(not entry.is_dir() for entry in folder.iterdir())
    ]


def reasons(module: AnsibleModule) -> list[str]:
    params = module.params
    if params["units"]:
        params["links"][f"{params['root']}/current"] = f"releases/{params['release']}"
    found = of_units(Systemd(module), params) + of_files(params)
    found += of_secrets(Path(params["configuration"]), params["credentials"])
    if found:  # whatever it answers
        return found
    if params["check"]:
        code, _, error = module.run_command(params["check"])
        found += [f"{' '.join(params['check'])}: {error.strip()}"] if code else []
    return found + [told for told in map(ill, params["answers"]) if told]


def main() -> None:
    unit_options = {
        "name": {"type": "str", "required": True},
        "files": {"type": "list", "elements": "path", "default": []},
    }
    answer_options = {
        "url": {"type": "str", "required": True},
        "host": {"type": "str", "required": True},
        "codes": {"type": "list", "elements": "int", "required": True},
        "socket": {"type": "str", "default": ""},
    }
    paths, required = {"type": "list", "elements": "path", "default": []}, {"required": True}
    units = {"type": "list", "elements": "dict", "options": unit_options, **required}
    module = AnsibleModule(
        argument_spec={
            "application": {"type": "str", **required},
            "release": {"type": "str", **required},
            "root": {"type": "path", **required},
            "state": {"type": "path", **required},
            "configuration": {"type": "path", **required},
            "credentials": {**paths, "no_log": False},
            "units": units,
            "written": paths,
            "files": {"type": "dict", "default": {}},
            "links": {"type": "dict", "default": {}},
            "absent": paths,
            "check": {"type": "list", "elements": "str", "default": []},
            "answers": {
                "type": "list",
                "elements": "dict",
                "options": answer_options,
                "default": [],
            },
        },
        supports_check_mode=True,
    )
    try:
        asked = module.params["answers"]
        module.exit_json(changed=False, reasons=reasons(module), answers=asked)
    except (OSError, RuntimeError) as error:
        module.fail_json(msg=f"this host could not be read: {error}")


if __name__ == "__main__":
    main()
