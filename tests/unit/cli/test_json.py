"""Each command's ``--json`` against the keys that the documentation names, and no others."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer

from celeriac import environments
from celeriac.cli import certificates, playbook, remote
from celeriac.cli.main import app
from celeriac.derive import names
from celeriac.doctor.finding import ok
from celeriac.publishing.metrics import Standing
from celeriac.release import control
from celeriac.steering import check_run
from celeriac.steering.check_run import Change, CheckRun
from celeriac.worker.letter import Letter
from tests.unit.fleet.conftest import RELEASE, hosts, running
from tests.unit.fleet.hosts import entry
from tests.unit.steering.conftest import shop
from tests.unit.steering.scaled import Scaled

__all__ = ["hosts", "running", "shop"]
DOCS = Path(__file__).parents[3] / "docs"
# Their keys are names of hosts, releases or states.
BY_NAME = ("releases", "failures", "counts", "parked")
WRITE = Change("two", "Ship the release", "Write", ["write /etc/a"], "--- before\n")
CHECKED = CheckRun([WRITE], {"three": "no route"}, ["three"], ["a warning"], done=False)
AUDIT = {
    **dict.fromkeys(("who", "where", "from"), "x"),
    **{"seconds": 3, "message": "why"},
}
HELD = {"host": "one", "service": "redis", "names": ["one"], "issuer": "test", "given": False}
# What runs on a host, as the kit's own code prints it there.
LETTER = Letter("id", "shop.mail", "mail", "rejected", datetime.now(UTC), 0, None)
PARKED = """
import json
from datetime import UTC, datetime
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["celeriac.publishing"])
django.setup()
from celeriac.publishing import parking
from celeriac.publishing.models import ParkedMessage
now = datetime.now(UTC)
print(json.dumps([parking.summary(ParkedMessage(created_at=now, parked_at=now, reason="forbidden"))]))
"""


def parked() -> Any:
    return json.loads(subprocess.check_output([sys.executable, "-c", PARKED], text=True))


ON_A_HOST: dict[tuple[str, str], Callable[[], Any]] = {
    ("outbox", "status"): lambda: Standing(2, 1.0, {"forbidden": 1}).as_dict(),
    ("outbox", "list"): parked,
    ("dead_letters", "list"): lambda: [LETTER.as_dict()],
}
# Command to the page and the heading or the beginning of the line where its shape stands.
SHAPES = {
    "status": ("commands.md", "## status", "## queues"),
    "queues": ("commands.md", "## queues"),
    "workers": ("commands.md", "## workers"),
    "logs": ("commands.md", "## logs"),
    "version": ("commands.md", "## version"),
    "releases": ("commands.md", "| `releases`"),
    "audit": ("commands.md", "| `audit`"),
    "lock show": ("commands.md", "| `lock show`"),
    "check": ("commands.md", "| `check`"),
    "certificates show": ("commands.md", "| `certificates show`"),
    "doctor": ("starting.md", "`--json` prints"),
    "plan": ("steering.md", "`--json`: `{application"),
    "drift": ("steering.md", "`--json`: `{application"),
    "secrets list": ("secrets.md", "`list --json`"),
    "outbox status": ("commands.md", "| `outbox status`"),
    "outbox list": ("commands.md", "| `outbox list`"),
    "dead list": ("commands.md", "| `dead list`"),
    "maintenance show": ("steering.md", "of the kit wrote"),
}


@pytest.fixture
def place(shop: Scaled, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Scaled:
    """The shop with something to tell for each command; hosts and playbooks alone are not real."""
    shop.record(shop.hosts.description.read_text(), **AUDIT)
    mark = {**control.mark("deploy"), "owner": "ann@far", "since": "2026-11-22T12:00:00+00:00"}
    (tmp_path / "srv" / "releases" / RELEASE).mkdir(parents=True)
    monkeypatch.setattr(names, "root", lambda application: str(tmp_path / "srv"))
    state = tmp_path / "state" / "shop"
    (state / "lock").write_text(json.dumps(mark))
    note = {"who": "ann@far", "since": "2026-11-22T12:00:00Z", "message": "six"}
    (state / "maintenance.json").write_text(json.dumps(note))
    (state / "maintenance.html").touch()
    shop.hosts.journal("one", [entry(1, f"web-shop@{RELEASE}", "hello")])

    def show(place: Any, name: str, log: Path, variables: dict[str, str]) -> int:
        held = {key: value for key, value in HELD.items() if key != "host"}
        report = {"one": [{**held, "days": 300, "ends": "2027-11-22"}]}
        Path(variables["certificates_report"]).write_text(json.dumps(report))
        return 0

    def manage(_: Any, __: Any, ___: Any, words: Sequence[str], **____: Any) -> int:
        what, action, *options = words
        assert options == ["--json"]
        typer.echo(json.dumps(ON_A_HOST[what, action]()))
        return 0

    monkeypatch.setattr(remote, "manage", manage)
    monkeypatch.setattr(check_run, "run", lambda *_: CHECKED)
    monkeypatch.setattr(playbook, "run", show)
    monkeypatch.setattr(
        certificates,
        "_place",
        lambda *_: environments.Environment("test", tmp_path / "inventories"),
    )
    monkeypatch.setattr("celeriac.doctor.examination.examine", lambda *_: [ok("one", "clock", "0")])
    return shop


@pytest.mark.parametrize("command", SHAPES)
def test_keys(place: Scaled, command: str) -> None:
    where = [] if command == "version" else place.hosts.place
    if command in ("certificates show", "version"):
        where = where[:4]
    if command == "check":
        place.hosts.description.write_text("celeriac: 1\n")
    said = place.hosts.run(*command.split(), *where, "--json")
    assert said.exception is None or isinstance(said.exception, SystemExit), said.exception
    data = said.stdout.splitlines()[0] if command == "logs" else said.stdout
    found = set(keys(json.loads(data)))
    text = section(*SHAPES[command])
    code = re.findall(r"`([^`]*)`|^ {4}(.*)$", text, re.MULTILINE)
    documented = set(re.findall(r"[a-z_]+", " ".join("".join(each) for each in code)))
    assert found - documented == set()
    # What stands in braces is all that there is; not all of it is there in these.
    braces = " ".join(re.findall(r"\{[^`]*\}", text))
    promised = set(re.findall(r"\b[a-z_]+\b", re.sub(r"\([^)]*\)", "", braces)))
    if command not in ("doctor", "drift", "plan", "status"):
        assert promised - found == set()


def test_no_command_is_left_out() -> None:
    assert {*printing(typer.main.get_command(app))} <= {*SHAPES}


def printing(command: Any, *names: str) -> Iterator[str]:
    """Yield the commands that have the option."""
    for name, inner in getattr(command, "commands", {}).items():
        yield from printing(inner, *names, name)
    if any("--json" in one.opts for one in command.params):
        yield " ".join(names)


def keys(data: Any) -> Iterator[str]:
    if isinstance(data, list):
        for one in data:
            yield from keys(one)
    elif isinstance(data, dict):
        for key, value in data.items():
            yield key
            if key not in BY_NAME:
                yield from keys(value)


def section(page: str, *lines: str) -> str:
    """Return the documentation from lines on: such a line of a table, or to the next heading."""
    return "\n".join(_section((DOCS / page).read_text(), line) for line in lines)


def _section(text: str, begins: str) -> str:
    found = text[text.index(f"\n{begins}") + 1 :]
    if begins.startswith("| "):
        return found.partition("\n")[0]
    return re.split(r"\n## ", found)[0]
