"""Whether anything has changed since the last deploy: the stamps on the hosts, and their digest of the inputs.

A deploy that found nothing to do leaves a stamp on each host (the role ``release_stamp``). If the next
one is made of the same inputs, and each host is as its stamp says, there is nothing to do again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celeriac import ssh
from celeriac.environments import Environment
from celeriac.fleet import ask
from celeriac.places import ANSIBLE, ROOT

# Seconds for which a stamp holds: certificates come nearer to their end while nothing changes.
AGE = 24 * 3600
LOOK = ANSIBLE / "plugins" / "module_utils" / "celeriac_stamp.py"
# Of the build: it tells who deploys, where files are here and what is in the caches.
_OF_THE_CONTROL_HOST = ("archive", "by", "expected", "known", "revision")
_KIT = ("celeriac", "deploy/ansible", "deploy/systemd", "requirements.txt", "pyproject.toml")
# Not of the kit, and what running it leaves.
_NOT_KIT = {"inventories", "__pycache__"}


@dataclass(frozen=True)
class Compared:
    """What of a host is not as its stamp says, in words; one that does not answer differs."""

    differs: list[str]

    @property
    def outcome(self) -> str:
        return f"not as it was left: {', '.join(self.differs)}" if self.differs else "no change"


def inputs(document: Mapping[str, Any], place: Environment) -> str:
    """Return a digest of all that a deploy is made of: document, inventory with its vault, the kit."""
    build = {
        key: value for key, value in document["build"].items() if key not in _OF_THE_CONTROL_HOST
    }
    text = hashlib.sha256(json.dumps({**document, "build": build}, sort_keys=True).encode())
    password = place.vault.password_file.resolve()
    for file in [*_files([place.folder]), *_beside(document, place)]:
        if file.resolve() != password:
            _add(text, file, place.folder)
    for file in _files((ROOT / name for name in _KIT), _NOT_KIT):
        _add(text, file, ROOT)
    return text.hexdigest()


def _files(tops: Iterable[Path], leave: Iterable[str] = ()) -> list[Path]:
    found: list[Path] = []
    for top in tops:
        if top.is_file():
            found.append(top)
        elif top.is_dir():
            inside = [each for each in top.iterdir() if each.name not in leave]
            found += _files(sorted(inside), leave)
    return found


def _beside(document: Mapping[str, Any], place: Environment) -> list[Path]:
    """Return the files that the inventory names, wherever they are."""
    edge = (document["edge"] or {}).get("haproxy") or {"certificates": []}
    names = [each.get(key) for each in edge["certificates"] for key in ("certificate", "key")]
    return [path for name in names if name and (path := Path(place.folder, name)).is_file()]


def _add(text: Any, file: Path, folder: Path) -> None:
    name = str(file.relative_to(folder)) if file.is_relative_to(folder) else file.name
    content = hashlib.sha256(file.read_bytes()).hexdigest()
    text.update(f"{name}\0{file.stat().st_mode & 0o111}\0{content}\0".encode())


def compare(
    place: Environment,
    document: Mapping[str, Any],
    hosts: Iterable[str],
    digest: str,
    speakers: Container[str],
) -> dict[str, Compared]:
    """Ask each host, all at the same time, what is not as its stamp says.

    ``speakers`` are the hosts that tell of the broker's cluster. They alone get the password for
    that, on the standard input.
    """
    path = f"{document['state']}/stamp.json"
    look = LOOK.read_text(encoding="utf-8")
    secrets = place.vault.read().get("environment", {})

    def question(host: str) -> str:
        mine = {"broker": secrets.get("rabbitmq_admin_password", "")} if host in speakers else {}
        words = json.dumps([path, digest, AGE, mine])
        return f"{look}\nprint(json.dumps(compare(*json.loads({words!r}))))\n"

    asked = {host: (ssh.as_root(place, host, ["python3", "-"]), question(host)) for host in hosts}
    answers = ask.ask(asked)
    return {
        host: Compared([answer.reason]) if answer.said is None else Compared(**answer.said)
        for host, answer in answers.items()
    }
