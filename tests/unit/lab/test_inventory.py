"""The lab's inventory: what is read, and one line per mistake."""

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from deploy.lab.errors import LabError
from deploy.lab.inventory import describe, read

WEB = {"ansible_host": "10.1.2.10", "lab_memory": "512m", "group_names": ["web"]}
FOLDER = Path("/inventories/lab")
FILE = "/inventories/lab/hosts.yml"


def test_hosts_and_network_come_from_the_variables():
    lab = describe(FOLDER, {"web1": WEB, "db1": WEB | {"ansible_host": "10.1.2.11"}})

    assert (lab.env, lab.network) == ("lab", IPv4Network("10.1.2.0/24"))
    assert [(host.name, host.address) for host in lab.hosts] == [
        ("web1", IPv4Address("10.1.2.10")),
        ("db1", IPv4Address("10.1.2.11")),
    ]
    assert lab.host("web1").groups == {"web"}


@pytest.mark.parametrize(("given", "size"), [("512m", 512 * 1024**2), ("2g", 2 * 1024**3)])
def test_memory_is_in_bytes(given, size):
    assert describe(FOLDER, {"web1": WEB | {"lab_memory": given}}).hosts[0].memory == size


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({}, f"{FILE}: no hosts, or not readable as an inventory"),
        (
            {"web1": WEB | {"ansible_host": "web1.example.org"}},
            f"{FILE}: web1: ansible_host should be the IPv4 address the host will get",
        ),
        (
            {"web1": {"ansible_host": "10.1.2.10"}},
            f"{FILE}: web1: lab_memory should be a size such as 512m or 1g; hosts without it are"
            " real machines, which the lab never touches",
        ),
        *(
            (
                {"web1": WEB | {"lab_cpu_weight": weight}},
                f"{FILE}: web1: lab_cpu_weight should be a number from 1, as without it, to 99",
            )
            for weight in (0, 100, "much", True)
        ),
        (
            {"web1": WEB | {"ansible_user": "root"}},
            f"{FILE}: web1: ansible_user should be debian, the user of the lab's image",
        ),
        (
            {"web1": WEB, "web2": WEB},
            f"{FILE}: web2: 10.1.2.10 is the address of more than one host",
        ),
        (
            {"web1": WEB, "web2": WEB | {"ansible_host": "10.1.3.10"}},
            f"{FILE}: web2: 10.1.3.10 is outside 10.1.2.0/24, the network of web1",
        ),
        (
            {"web1": WEB | {"ansible_host": "10.1.2.1"}},
            f"{FILE}: web1: 10.1.2.1 is reserved: first, gateway or last of 10.1.2.0/24",
        ),
    ],
)
def test_a_mistake_names_its_place(variables, problem):
    with pytest.raises(LabError) as raised:
        describe(FOLDER, variables)
    assert problem in raised.value.problem.splitlines()


def test_all_mistakes_are_told_at_once():
    with pytest.raises(LabError) as raised:
        describe(FOLDER, {"web1": {}, "web2": WEB | {"lab_memory": "much"}})
    assert len(raised.value.problem.splitlines()) == 3


def test_an_unknown_environment_names_those_there_are():
    with pytest.raises(LabError, match=r"unknown ENV nowhere") as raised:
        read("nowhere")
    assert "lab" in raised.value.remedy


def test_a_file_that_is_no_yaml_is_named(tmp_path):
    (tmp_path / "hosts.yml").write_text("all: [")
    with pytest.raises(LabError, match=r"hosts\.yml: while parsing"):
        read(str(tmp_path))


def test_an_unknown_host_names_those_there_are():
    with pytest.raises(LabError, match="has no host web9") as raised:
        describe(FOLDER, {"web1": WEB}).host("web9")
    assert raised.value.remedy == "its hosts are web1"


def test_the_reference_lab_is_a_lab():
    assert {"build1", "broker1", "db1", "web1", "worker1", "worker2", "mail1"} <= {
        host.name for host in read("lab").hosts
    }
