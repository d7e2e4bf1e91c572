"""`celeriac doctor` as a person runs it, with this machine in place of the hosts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from celeriac.derive.document import build
from celeriac.description.together import load_both
from celeriac.doctor import environment, hosts
from celeriac.environments import Environment
from tests.descriptions import write

ROOT = Path(__file__).parents[3]
# Host two does not answer; the others run the command here, as root.
SSH = """#!/bin/sh
for last; do :; done
case "$*" in
  -V) echo "OpenSSH of the test" >&2; exit 0 ;;
  *" two "*) echo "ssh: connect to host two port 22: Connection refused" >&2; exit 255 ;;
esac
exec sh -c "$last"
"""
SUDO = '#!/bin/sh\nshift\nexec "$@"\n'
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ8JrOCNzbHAEBx8OEVvBVGQbeXJbWF0pBeTB8rhmP5o"


class Place:
    """The shop of tests/descriptions.py with its secrets and the keys of its hosts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = write(folder)
        self.environment = Environment("test", folder / "inventories")
        description, inventory = load_both(self.file, "test", self.environment.inventories)
        wanted = build(description, inventory)["celeriac"]["secrets"]
        self.environment.vault.complete("shop", wanted)
        self.know("one", "two", "three")
        for name, text in {"ssh": SSH, "sudo": SUDO}.items():
            tool = folder / "bin" / name
            tool.parent.mkdir(exist_ok=True)
            tool.write_text(text)
            tool.chmod(0o755)

    def know(self, *hosts: str) -> None:
        self.environment.known_hosts.write_text("".join(f"{host} {KEY}\n" for host in hosts))

    def doctor(self, *words: str) -> subprocess.CompletedProcess[str]:
        path = f"{self.folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        return subprocess.run(
            [sys.executable, "-m", "celeriac", "doctor", "-e", "test", "--inventories", "inventories", *words],
            cwd=self.folder,
            env={"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )  # fmt: skip

    def state_of(self, check: str) -> tuple[str, str]:
        """What is found in the environment's files, no host asked."""
        subject = environment.read(self.environment, self.file)
        every = [one for run in environment.CHECKS for one in run(subject)]
        (found,) = [one for one in every if one.check == check]
        return found.state, f"{found.what}. {found.remedy}"

    def checks(self) -> list[dict[str, Any]]:
        return list(json.loads(self.doctor("--json").stdout)["checks"])


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_the_shape_of_json(place: Place) -> None:
    said = place.doctor("--json")
    assert said.stderr == ""
    found = json.loads(said.stdout)
    assert (said.returncode, found["state"]) == (1, "failed")
    assert set(found) == {"environment", "state", "counts", "checks"}
    assert sum(found["counts"].values()) == len(found["checks"])
    assert found["environment"] == "test"
    for one in found["checks"]:
        assert set(one) == {"where", "check", "state", "what", "remedy", "host"}
        assert bool(one["remedy"]) == (one["state"] != "ok"), one
    of_two = [one for one in found["checks"] if one["where"] == "two"]
    assert [(one["check"], one["state"], one["what"]) for one in of_two] == [
        ("reachable", "failed", "ssh: connect to host two port 22: Connection refused")
    ]
    others = [one["check"] for one in found["checks"] if one["where"] == "three"]
    assert others == ["reachable", *(check.__name__ for check in hosts.CHECKS)]


def test_an_environment_that_is_not_there(place: Place) -> None:
    said = place.doctor("-e", "tset")
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr.startswith("-e tset: no environment of this name in ")
    assert "Did you mean 'test'?" in said.stderr


def test_one_line_a_check(place: Place) -> None:
    said = place.doctor()
    assert (said.returncode, said.stderr) == (1, "")
    lines = [" ".join(line.split()) for line in said.stdout.splitlines()]
    assert {"this machine", "environment test", "hosts"} <= set(lines)
    assert "ok reachable one, three: over SSH" in lines
    assert any(line.startswith("failed reachable two: ssh: connect") for line in lines)
    assert lines[-1].startswith("Not ready: ")


@pytest.mark.parametrize(
    ("mode", "state"), [(0o600, "ok"), (0o400, "ok"), (0o640, "warning"), (0o644, "failed")]
)
def test_who_may_read_the_password(place: Place, mode: int, state: str) -> None:
    place.environment.vault.password_file.chmod(mode)
    found, what = place.state_of("vault password")
    assert found == state
    assert state == "ok" or "chmod 600" in what


def test_without_a_password(place: Place) -> None:
    place.environment.vault.password_file.unlink()
    assert place.state_of("vault password")[0] == "failed"
    assert place.state_of("secrets")[0] == "failed"


def test_a_secret_is_missing(place: Place) -> None:
    vault = place.environment.vault
    held = vault.environment_secrets()
    vault.replace_environment_secrets({**held, "erlang_cookie": ""})
    state, what = place.state_of("secrets")
    assert state == "failed"
    assert "missing: environment/erlang_cookie" in what


def test_a_host_that_nobody_knows(place: Place) -> None:
    place.know("one", "three")
    state, what = place.state_of("known_hosts")
    assert state == "failed"
    assert "has no key of two" in what


def test_without_known_hosts_no_host_is_asked(place: Place) -> None:
    place.environment.known_hosts.unlink()
    assert not [one for one in place.checks() if one["host"]]


def test_mistakes_in_the_description_do_not_keep_hosts_from_being_asked(place: Place) -> None:
    write(place.folder, {"default_queue": "mial"})
    checks = place.checks()
    (found,) = [one for one in checks if one["check"] == "check"]
    assert found["what"] == "default_queue: there is no queue 'mial'"
    assert found["remedy"] == "Did you mean 'mail'?"
    assert [one for one in checks if one["where"] == "one" and one["check"] == "reachable"]


def test_only_some_hosts_are_asked(place: Place) -> None:
    said = place.doctor("--hosts", "one,thr*", "--json")
    found = json.loads(said.stdout)["checks"]
    assert {one["where"] for one in found if one["check"] == "reachable"} == {"one", "three"}


def test_a_host_that_is_none(place: Place) -> None:
    said = place.doctor("--hosts", "tree")
    assert (said.returncode, said.stdout) == (2, "")
    assert "--hosts tree: no such host or group. Did you mean 'three'?" in said.stderr
