"""Remedies are commands that can be copied: they lead to where the command led that says them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from celeriac import typed
from celeriac.cli.turn import Turn
from celeriac.environments import Environment
from celeriac.places import FILE, INVENTORIES
from celeriac.release import control
from celeriac.steering.check_run import CheckRun
from celeriac.steering.draining import State
from tests.unit.fleet.conftest import hosts, running
from tests.unit.steering.conftest import shop
from tests.unit.steering.scaled import Scaled

__all__ = ["hosts", "running", "shop"]


@pytest.mark.parametrize(
    ("inventories", "file", "options"),
    [
        (INVENTORIES, FILE, "-e production"),
        (INVENTORIES, None, "-e production"),
        (INVENTORIES, Path("../shop/celeriac.yml"), "-e production -f ../shop/celeriac.yml"),
        (Path("my hosts"), FILE, "-e production --inventories 'my hosts'"),
    ],
)
def test_options(inventories: Path, file: Path | None, options: str) -> None:
    assert typed.options(Environment("production", inventories), file) == options


def locked(shop: Scaled) -> None:
    mark = {**control.mark("deploy"), "owner": "ann@far", "since": "2026-11-22T12:00:00+00:00"}
    (shop.folder / "state" / "shop" / "lock").write_text(json.dumps(mark))


def paused(shop: Scaled) -> None:
    note = shop.folder / "state" / "shop" / "paused" / "celery-shop-mail"
    note.parent.mkdir(parents=True)
    note.write_text(json.dumps({"who": "ann@far", "since": None, "message": ""}))
    shop.hosts.put("two", "units", "")


def as_it_is(shop: Scaled) -> None:
    pass


# What is typed, how the hosts stand and how the playbooks end: the commands that are printed then.
PRINTED: dict[tuple[str, ...], tuple[Callable[[Scaled], None], int, list[str]]] = {
    ("rollback", "r7"): (as_it_is, 0, ["releases"]),
    ("lock", "take", "-m", "why"): (locked, 0, ["lock release"]),
    ("pause", "mail", "-y"): (as_it_is, 0, ["status", "resume mail"]),
    ("drain", "two", "-y"): (as_it_is, 0, ["resume two"]),
    ("drain", "two", "-y", "--no-wait"): (as_it_is, 0, ["status"]),
    ("maintenance", "on", "-y"): (as_it_is, 0, ["maintenance off"]),
    ("restart", "mail"): (paused, 0, ["resume mail"]),
    ("resume", "mail"): (as_it_is, 3, ["status"]),
    ("deploy", "--roles", "base"): (as_it_is, 0, ["provision"]),
    ("provision",): (locked, 0, ["lock release"]),
}


@pytest.mark.parametrize("words", PRINTED, ids=" ".join)
def test_printed(shop: Scaled, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    before, code, commands = PRINTED[words]
    before(shop)
    monkeypatch.setattr(Turn, "run", lambda *_, **__: code)
    monkeypatch.setattr(Turn, "_note", lambda *_: 0)
    monkeypatch.setattr("celeriac.steering.draining.look", lambda *_: State({}, [], {}))
    monkeypatch.setattr("celeriac.steering.check_run.run", lambda *_: CheckRun([]))
    shop.hosts.environment["COLUMNS"] = "1000"  # so that Typer's messages are not wrapped
    said = shop.hosts.run(*words, *shop.hosts.place)
    place = typed.options(Environment("test", shop.folder / "inventories"), shop.hosts.description)
    for command in commands:
        assert f"celeriac {command} {place}" in said.output
    if words[0] in ("pause", "drain", "maintenance"):
        assert re.search(r" ?Log: .*/left/log/test/\S+-shop\.log$", said.stdout)
    assert shlex.split(place)[::2] == ["-e", "-f", "--inventories"]
