#!/usr/bin/python
"""Take or give back the lock that keeps two people from deploying at the same time."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = r"""
module: celeriac_lock
short_description: Takes or gives back an application's lock on this host
description:
  - The lock is a file that appears whole or not at all. Where it is another's the module fails and says whose.
  - A lock is taken over only where the caller names its token in O(instead_of), after it has made sure that
    its process is gone.
  - Taking and giving back are no change of the host. In check mode nothing is taken, and a lock of
    somebody else is a warning.
options:
  path: {description: The file., type: path, required: true}
  state: {description: Whether the lock should be held., type: str, choices: [present, absent], default: present}
  token: {description: Names this lock; only it is given back., type: str, required: true}
  instead_of: {description: Token of a lock whose process is gone., type: str}
  held:
    description: "What stands in it: owner, what, message, pid, born, machine. The host adds the time."
    type: dict
    default: {}
  typed: {description: Options that lead a person's command here., type: str, default: -e ENV}
author: [Celeriac]
"""

RETURN = r"""
taken_over: {description: The lock that was taken over., type: dict, returned: when one was}
"""


class Held(Exception):
    """Somebody else has the lock; the message says who, and what to do."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other calls out between a look at the lock and what follows from it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def read(path: Path) -> dict | None:
    """Return the lock; None if nobody has it. A file that cannot be read has an empty token."""
    try:
        held = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except ValueError:
        held = None
    return {"owner": "unknown", "token": "", **(held if isinstance(held, dict) else {})}


def refuse(path: Path, held: dict, typed: str) -> str:
    message = f', "{held["message"]}"' if held.get("message") else ""
    return (
        f"{held['owner']} has the lock ({held.get('what', 'unknown')}), taken {age(held.get('since'))}{message}. "
        "Nothing of the release was touched. Wait until it is done; if nobody works on it any more, "
        f"`celeriac lock release {typed}`. (The lock is {path} on this host.)"
    )


def age(since: str | None) -> str:
    try:
        passed = datetime.now(UTC) - datetime.fromisoformat(str(since))
    except ValueError:
        return "at an unknown time"
    return f"{max(int(passed.total_seconds()), 0) // 60} min ago ({since})"


def write(path: Path, held: dict) -> None:
    """Make the lock. Raise `FileExistsError` where there is one: link(2) is as exclusive as O_EXCL.

    And unlike a file that is opened with O_EXCL and then written, it is never seen half written.
    """
    partial = path.with_name(f".lock-{held['token']}")
    descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    try:
        with os.fdopen(descriptor, "w") as stream:
            json.dump(held, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def dead(held: dict, params: dict) -> bool:
    """Whether it is the lock whose process the caller has found gone."""
    return bool(held["token"]) and held["token"] == params["instead_of"]


def take(params: dict, check_mode: bool) -> dict:
    path = Path(params["path"])
    if check_mode:
        held = read(path)
        return (
            {"warning": refuse(path, held, params["typed"])}
            if held and not dead(held, params)
            else {}
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with alone(path.parent):
        held = read(path)
        if held and held["token"] == params["token"]:
            return {}
        if held and not dead(held, params):
            raise Held(refuse(path, held, params["typed"]))
        path.unlink(missing_ok=True)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        write(path, {**params["held"], "token": params["token"], "since": now})
    return {"taken_over": held} if held else {}


def give_back(params: dict, check_mode: bool) -> dict:
    path = Path(params["path"])
    if check_mode or not path.parent.is_dir():
        return {}
    with alone(path.parent):
        held = read(path)
        if held and held["token"] == params["token"]:
            path.unlink()
    return {}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "path": {"type": "path", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "token": {"type": "str", "required": True, "no_log": False},
            "instead_of": {"type": "str", "no_log": False},
            "held": {"type": "dict", "default": {}},
            "typed": {"type": "str", "default": "-e ENV"},
        },
        supports_check_mode=True,
    )
    act = take if module.params["state"] == "present" else give_back
    try:
        done = act(module.params, module.check_mode)
    except Held as error:
        module.fail_json(msg=str(error), refused=True)
    except OSError as error:
        module.fail_json(
            msg=f"{error.filename}: {error.strerror}. Nothing of the release was touched."
        )
    if warning := done.pop("warning", None):
        module.warn(warning)
    module.exit_json(changed=False, **done)


if __name__ == "__main__":
    main()
