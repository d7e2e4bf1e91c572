"""Routes and MTU of the machine, and networks that are taken."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from deploy.lab.errors import LabError
from deploy.lab.inventory import describe
from deploy.lab.network import Route, check_collision, default_mtu, parse_routes

TABLE = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
eth0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""


def test_routes_are_read_from_the_kernel_table():
    assert parse_routes(TABLE) == [
        Route("eth0", IPv4Network("0.0.0.0/0")),
        Route("docker0", IPv4Network("172.17.0.0/16")),
        Route("eth0", IPv4Network("10.0.2.0/24")),
    ]


def test_the_mtu_is_that_of_the_way_out():
    loopback = int(Path("/sys/class/net/lo/mtu").read_text())
    assert default_mtu([Route("lo", IPv4Network("0.0.0.0/0"))]) == loopback


def test_without_a_way_out_the_mtu_is_that_of_ethernet():
    assert default_mtu([Route("lo", IPv4Network("10.0.2.0/24"))]) == 1500


def lab(address):
    return describe(
        Path("/inventories/trial"), {"web1": {"ansible_host": address, "lab_memory": "1g"}}
    )


def test_a_network_that_is_taken_is_refused():
    with pytest.raises(LabError, match=r"172\.17\.5\.0/24 is in use.* through docker0") as raised:
        check_collision(lab("172.17.5.10"), parse_routes(TABLE))
    assert "/inventories/trial/hosts.yml" in raised.value.remedy


def test_the_default_route_takes_no_network():
    check_collision(lab("10.9.9.10"), parse_routes(TABLE))
