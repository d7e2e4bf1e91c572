"""Which systems get Docker Engine, and what the others are told."""

import pytest

from deploy.lab.engine import packages
from deploy.lab.errors import LabError


@pytest.mark.parametrize(
    ("version", "wanted"), [("12", ["docker.io"]), ("13", ["docker.io", "docker-cli"])]
)
def test_packages_of_debian(version, wanted):
    assert packages({"ID": "debian", "VERSION_ID": version}) == wanted


@pytest.mark.parametrize(
    ("release", "name"),
    [
        ({"ID": "ubuntu", "VERSION_ID": "24.04", "PRETTY_NAME": "Ubuntu 24.04"}, "Ubuntu 24.04"),
        ({"ID": "debian", "VERSION_ID": "11", "PRETTY_NAME": "Debian 11"}, "Debian 11"),
        ({}, "this system"),
    ],
)
def test_other_systems_are_told_what_to_install(release, name):
    with pytest.raises(LabError, match=f"{name} has no Docker Engine") as raised:
        packages(release)
    assert raised.value.remedy.startswith("install Docker Engine 20.10 or newer")
