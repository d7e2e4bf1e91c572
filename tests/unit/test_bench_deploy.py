"""The bench of deploys: what counts as an operation, its inventories and its plot."""

from __future__ import annotations

from ipaddress import IPv4Network
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bench.deploy import counting, inventories, plot, report
from bench.deploy.ours import Taken
from deploy.lab.inventory import describe

NETWORK = IPv4Network("172.30.96.0/24")


def task(action: str, *, control: bool = False, **ran: int) -> dict[str, Any]:
    return {"action": action, "control": control, "ran": ran, "changed": [], "skipped": 0}


@pytest.mark.parametrize(
    ("tasks", "counted"),
    [
        ([task("celeriac_files", web1=1)], {"web1": {"file": 1}}),
        ([task("ansible.builtin.file", web1=3, db1=1)], {"web1": {"directory": 3}, "db1": {"directory": 1}}),
        ([task("community.postgresql.postgresql_query", db1=1)], {"db1": {"read": 1}}),
        ([task("celeriac_units", web1=1), task("celeriac_units", web1=1)], {"web1": {"service": 2}}),
        ([task("ansible.builtin.assert", web1=1), task("ansible.builtin.include_role", web1=1)], {}),
        ([task("ansible.builtin.validate_argument_spec", web1=1)], {}),
        ([task("ansible.builtin.command", control=True, web1=1)], {}),
        ([task("ansible.builtin.command", web1=0)], {}),
    ],
)  # fmt: skip
def test_operations(tasks: list[dict[str, Any]], counted: dict[str, dict[str, int]]) -> None:
    assert counting.operations(tasks) == counted


@pytest.mark.parametrize("size", inventories.SIZES)
def test_inventories_have_as_many_hosts_as_they_say(size: int) -> None:
    hosts = inventories.inventory(size, NETWORK)["all"]["hosts"]
    lab = describe(Path(f"bench-{size}"), hosts)
    assert len(lab.hosts) == size
    assert lab.network == NETWORK


@pytest.mark.parametrize(
    ("top", "distance"), [(3.2, 1), (16, 2), (41, 10), (4000, 500), (9000, 1000)]
)
def test_the_lines_of_the_grid_are_round(top: float, distance: int) -> None:
    assert plot.step(top) == distance


def test_the_plot_is_xml_with_a_line_for_each_series() -> None:
    drawn = plot.svg(
        "a < b", {"ours": [(3, 10.0), (7, 20.0)], "pyinfra & co": [(3, 5.0), (7, 9.0)]}
    )
    root = ElementTree.fromstring(drawn)  # noqa: S314 (our own text)
    lines = [each for each in root.findall(".//{*}path") if each.get("stroke-width")]
    assert len(lines) == 2
    assert {"a < b", "ours", "pyinfra & co"} <= {each.text for each in root.findall(".//{*}text")}


def measured(hosts: int, ours: list[float], theirs: list[float], release: float) -> report.Round:
    def taken(seconds: list[float]) -> list[Taken]:
        return [Taken(each, each / 2) for each in seconds]

    return report.Round(
        hosts, Taken(150.0, 30.0), {"web1": {"file": 2, "read": 3}}, [], taken(ours), taken(theirs), taken([release]),
        taken([14.0]),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("hosts", "ours", "theirs", "release", "held"),
    [
        (7, [9.0, 30.0, 10.0], [10.0, 10.0, 10.0], 39.9, [True, True]),
        (7, [10.1], [10.0], 39.9, [False, True]),
        (7, [10.0], [10.0], 40.0, [True, False]),
        (3, [99.0], [10.0], 99.0, []),  # the requirements are of seven hosts
    ],
)
def test_verdicts(
    hosts: int, ours: list[float], theirs: list[float], release: float, held: list[bool]
) -> None:
    assert list(measured(hosts, ours, theirs, release).verdicts().values()) == held


def test_what_is_written(tmp_path: Path) -> None:
    rounds = [measured(3, [8.0], [5.0], 20.0), measured(7, [16.0], [10.0], 30.0)]
    files = report.write(tmp_path / "result", rounds)
    assert [file.name for file in files] == ["deploy.txt", "deploy.json", "deploy.svg"]
    assert files[0].read_text().splitlines()[3].split() == (
        ["7", "5", "150.0", "16.0", "8.0", "10.0", "5.0", "14.0", "7.0", "30.0", "15.0"]
    )
