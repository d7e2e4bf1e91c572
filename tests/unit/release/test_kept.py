"""What hosts, records and audit say, put together; and how a host is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from celeriac.environments import Environment
from celeriac.release import hosts, look
from celeriac.release.hosts import Seen
from celeriac.release.kept import kept

OLD, NEW = "20261121T120000-0123456789", "20261122T120000-0123456789"


def test_kept() -> None:
    serving = {
        "one": Seen(releases=[OLD, NEW], units={f"web-shop@{NEW}.service": "active"}),
        "two": Seen(
            releases=[OLD, NEW],
            units={
                f"celery-shop-mail-1@{NEW}.service": "active",
                f"celery-shop-mail-1@{OLD}.service": "deactivating",
                f"celery-shopping-mail-1@{OLD}.service": "active",
            },
        ),
        "three": Seen(releases=[NEW]),
    }
    record = {"revision": "ab" * 20, "built_at": "then", "built_by": "ann@control"}
    entries = [{"what": "deploy", "result": "done", "release": NEW, "when": "now"}]
    assert kept("shop", serving, {NEW: json.dumps(record)}, entries) == [
        {
            "release": OLD,
            "current": False,
            "revision": None,
            "built": None,
            "built_by": None,
            "deployed": None,
            "hosts": ["one", "two"],
            "running": [],
            "finishing": ["two"],
        },
        {
            "release": NEW,
            "current": True,
            "revision": "ab" * 20,
            "built": "then",
            "built_by": "ann@control",
            "deployed": "now",
            "hosts": ["one", "two", "three"],
            "running": ["one", "two"],
            "finishing": [],
        },
    ]


def test_a_look_at_a_host(tmp_path: Path) -> None:
    for name in (OLD, NEW, f".{NEW}.partial"):
        (tmp_path / "root" / "releases" / name).mkdir(parents=True)
    (tmp_path / "root" / "current").symlink_to(f"releases/{NEW}")
    (tmp_path / "archives").mkdir()
    (tmp_path / "archives" / f"{NEW}.json").write_text("{}")
    (tmp_path / "lock").write_text("held")
    found = look.look(tmp_path / "root", tmp_path / "archives", tmp_path)
    assert found == {
        "releases": [OLD, NEW],
        "current": NEW,
        "records": {NEW: "{}"},
        "lock": "held",
        "audit": None,
    }


@pytest.fixture
def remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """An inventory whose hosts are this machine; one of them cannot be reached."""
    programs = {
        "ssh": 'case "$*" in *" away "*) echo "no route" >&2; exit 255;; esac\n'
        'for last; do :; done; exec sh -c "$last"',
        "sudo": 'shift; exec "$@"',
        "systemctl": f"echo 'web-nothing@{NEW}.service loaded active running A web'\n"
        f"echo 'web-nothing@{OLD}.service loaded deactivating stop-sigterm A web'",
    }
    for name, text in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "hosts.yml").write_text("all: {hosts: {here: , away: }}\n")
    return Environment("lab", tmp_path)


def test_asking_hosts(remote: Environment) -> None:
    found = hosts.ask(remote, ["here", "away", "here"], "nothing")
    assert list(found) == ["here", "away"]
    assert found["here"].running("nothing") == {NEW}
    assert found["here"].finishing("nothing") == {OLD}
    assert (found["here"].error, found["here"].lock) == ("", None)
    assert found["away"].error == "no route"
