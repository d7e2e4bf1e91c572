"""Mistakes in what was typed: what is said, and which file, if any, is named as theirs."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import Result

from tests.unit.fleet.conftest import hosts, running
from tests.unit.fleet.hosts import Hosts

__all__ = ["hosts", "running"]
PLACE = ["-e", "test", "--inventories", "inventories"]
TYPED = {
    ("status", "-e", "tset"): "-e tset: no environment of this name in inventories. "
    "Did you mean 'test'?",
    ("pause", "mial"): "mial: no such pool. Did you mean 'mail'?",
    ("drain", "mial"): "mial: no such pool or host of workers. Did you mean 'mail'?",
    ("restart", "wbe"): "wbe: shop runs nothing of this name. Did you mean 'web'?",
    ("scale", "mial=2"): "mial=2: no such pool. Did you mean 'mail'?",
    ("logs", "--pool", "mial"): "--pool mial: no such pool. Did you mean 'mail'?",
    ("status", "--hosts", "nope"): "--hosts nope: no such host or group. Known here: beat, broker, "
    "build, database, one, relay, three, two, web, workers.",
    ("ssh", "on"): "on: no such host. Did you mean 'one'?",
    ("balance", "out", "two"): "two: no host of the group 'web'. Known here: one.",
}


@pytest.fixture(autouse=True)
def here(hosts: Hosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("words", TYPED, ids=" ".join)
def test_of_no_file(running: Hosts, words: tuple[str, ...]) -> None:
    said = running.run(*words, *(PLACE[2:] if "-e" in words else PLACE))
    assert (said.exit_code, said.stderr) == (2, f"{TYPED[words]}\n")


@pytest.mark.parametrize(
    ("description", "inventory", "named"),
    [
        ("celeriac: 1\n", None, ["celeriac.yml"]),
        (None, "all: [", ["inventories/test/hosts.yml"]),
        ("celeriac: 1\n", "all: [", ["celeriac.yml", "inventories/test/hosts.yml"]),
    ],
)
def test_of_files(
    running: Hosts, description: str | None, inventory: str | None, named: list[str]
) -> None:
    if description:
        running.description.write_text(description)
    if inventory:
        Path("inventories/test/hosts.yml").write_text(inventory)
    said = running.run("status", *PLACE)
    assert said.exit_code == 2
    lines = [
        line for line in said.stderr.splitlines() if line.endswith((" problem.", " problems."))
    ]
    assert [line.partition(":")[0] for line in lines] == named


# The ways on which hosts are asked.
ASKS = [("status",), ("workers",), ("logs",), ("lock", "show"), ("exec",), ("ssh", "one")]


def ask(hosts: Hosts, words: tuple[str, ...]) -> Result:
    return hosts.run(*words, *PLACE, *(["true"] if words == ("exec",) else []))


@pytest.mark.parametrize("words", ASKS, ids=" ".join)
def test_hosts_that_cannot_be_recognised(hosts: Hosts, words: tuple[str, ...]) -> None:
    Path("inventories/test/known_hosts").unlink()
    said = ask(hosts, words)
    assert (said.exit_code, said.stderr) == (
        2,
        "inventories/test/known_hosts: not there, so no host can be recognised. Collect the hosts' "
        "SSH keys there over a way you trust; docs/guide.md tells how.\n",
    )


@pytest.mark.parametrize("words", ASKS, ids=" ".join)
def test_no_ssh(running: Hosts, words: tuple[str, ...]) -> None:
    running.environment["PATH"] = "/nowhere"
    said = ask(running, words)
    assert (said.exit_code, said.stderr) == (
        2,
        "ssh: there is no ssh on the PATH. Install it. On Debian: apt-get install openssh-client\n",
    )
