"""Whether anything has changed since the last deploy: the stamps on the hosts, and their digest of the inputs.

A deploy that found nothing to do leaves a stamp on each host (the role ``release_stamp``). If the next
one is made of the same inputs, and each host is as its stamp says, there is nothing to do again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celeriac import hostvars, ssh
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


def inputs(document: Mapping[str, Any], place: Environment, hosts: Iterable[str]) -> str:
    """Return a digest of all that a deploy is made of: document, inventory with its vault, the kit.

    Of the inventory that is its folder, the variables of each host, and the files that these name.

    Raises:
        OSError: a file cannot be read.
        InputError: the inventory's variables cannot be read.

    """
    build = {
        key: value for key, value in document["build"].items() if key not in _OF_THE_CONTROL_HOST
    }
    variables = {host: hostvars.all_of(place, host) for host in hosts}
    known = [{**document, "build": build}, variables]
    text = hashlib.sha256(json.dumps(known, sort_keys=True, default=str).encode())
    password = place.vault.password_file.resolve()
    named = {Path(place.folder, each) for each in _texts(variables) if "/" in each}
    for file in [*_files([place.folder]), *sorted(filter(_is_file, named))]:
        if file.resolve() != password:
            _add(text, file)
    for file in _files((ROOT / name for name in _KIT), _NOT_KIT):
        _add(text, file)
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


def _texts(value: Any) -> Iterator[str]:
    """Yield all strings in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # no name of a file: too long
        return False


def _add(text: Any, file: Path) -> None:
    content = hashlib.sha256(file.read_bytes()).hexdigest()
    text.update(f"{file}\0{file.stat().st_mode & 0o111}\0{content}\0".encode())


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
