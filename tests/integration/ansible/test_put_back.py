"""A release that is built already gets its record, and its archive, back on a new build host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ANSIBLE = Path(__file__).parents[3] / "deploy" / "ansible"
NAME = "20261122T120000-0123456789"


def build_play() -> dict[str, Any]:
    plays = yaml.safe_load((ANSIBLE / "release.yml").read_text())
    found: dict[str, Any] = next(play for play in plays if play["name"] == "Build the release")
    return {key: value for key, value in found.items() if key != "become"}


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    folder = tmp_path / "cache" / "shop"
    folder.mkdir(parents=True)
    (folder / f"{NAME}.json").write_text(json.dumps({"release": NAME, "revision": "cafe"}))
    (folder / f"{NAME}.tar.zst").write_text("an archive")
    return folder


def changed(folder: Path) -> int:
    """Run the play on this machine as the build host; return how many tasks changed something."""
    here = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    celeriac = {"application": "shop", "build": {"known": {"release": NAME}}}
    variables = {
        "celeriac": celeriac,
        "release_build_root": str(folder / "build"),
        "release_build_cache": str(folder / "cache"),
    }
    (folder / "hosts.yml").write_text(json.dumps({"build": {"hosts": {"builder": here}}}))
    (folder / "play.yml").write_text(json.dumps([build_play()]))
    (folder / "ansible.cfg").touch()
    done = subprocess.run(
        [
            Path(sys.executable).with_name("ansible-playbook"),
            *("--inventory", "hosts.yml", "--extra-vars", json.dumps(variables), "play.yml"),
        ],
        cwd=folder,
        env={
            **os.environ,
            "ANSIBLE_CONFIG": "ansible.cfg",
            "ANSIBLE_ROLES_PATH": str(ANSIBLE / "roles"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return int(done.stdout.rpartition("changed=")[2].split()[0])


def test_a_build_host_that_was_made_anew_gets_them_back(tmp_path: Path, cache: Path) -> None:
    assert changed(tmp_path) > 0
    archives = tmp_path / "build" / "archives" / "shop"
    assert {file.name: file.read_text() for file in archives.iterdir()} == {
        file.name: file.read_text() for file in cache.iterdir()
    }
    assert changed(tmp_path) == 0


def test_what_the_build_host_has_stays(tmp_path: Path, cache: Path) -> None:
    archives = tmp_path / "build" / "archives" / "shop"
    archives.mkdir(parents=True)
    (archives / f"{NAME}.json").write_text("its own")
    assert changed(tmp_path) == 0
    assert [file.read_text() for file in archives.iterdir()] == ["its own"]
