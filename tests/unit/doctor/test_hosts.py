"""The checks of a host: what it says, and what is said about that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from celeriac.doctor import environment, hosts
from celeriac.doctor.asking import Answer
from celeriac.environments import Environment
from tests.descriptions import write
from tests.unit.doctor.answers import answer


@pytest.fixture
def subject(tmp_path: Path) -> environment.Subject:
    file = write(tmp_path)
    return environment.read(Environment("test", tmp_path / "inventories"), file)


def certificate(days: float) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=400))
    made = made.not_valid_after(now + timedelta(days=days, hours=1))
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("said", "check", "state", "what"),
    [
        ({}, "reachable", "ok", "over SSH"),
        ({"user": 1000}, "root", "failed", "the user id is 1000"),
        ({}, "root", "ok", "without a password"),
        ({"release": "12"}, "system", "failed", "debian 12, not Debian 13"),
        ({"distribution": "ubuntu"}, "system", "failed", "ubuntu 13, not Debian 13"),
        ({}, "system", "ok", "Debian 13"),
        ({"python": "3.11.2"}, "python", "failed", "python3 is 3.11.2, and code/python says 3.13"),
        ({}, "python", "ok", "3.13.5"),
        (
            {"clock": -3.0, "uncertain": 0.02},
            "clock",
            "failed",
            "-3.00 s to this machine (measured to within 0.02 s)",
        ),
        (
            {"clock": 1.9, "uncertain": 0.02},
            "clock",
            "ok",
            "+1.90 s to this machine (measured to within 0.02 s)",
        ),
        # What the line cannot tell is no failure of the clock.
        (
            {"clock": 2.5, "uncertain": 1.0},
            "clock",
            "warning",
            "+2.50 s to this machine (measured to within 1.00 s)",
        ),
        ({"memory": 128}, "memory", "failed", "128 MiB, and 256 are needed"),
        (
            {"memory_free": 200},
            "memory",
            "warning",
            "200 of 4000 MiB free: a new release runs beside the old one for a while",
        ),
        ({}, "memory", "ok", "3000 of 4000 MiB free"),
        ({"disk_free": 1000}, "disk", "failed", "1000 MiB free on /, and 1024 are needed"),
        ({"disk_free": 1024}, "disk", "ok", "1024 MiB free"),
        ({"unknown_names": ["two"]}, "names", "warning", "it does not know two"),
        ({}, "names", "ok", "those of the other hosts resolve"),
        ({}, "certificates", "ok", "none yet"),
        (
            {"certificates": {"a.crt": certificate(400), "b.crt": certificate(31)}},
            "certificates",
            "ok",
            "b.crt has 31 days left, the first of 2 to end",
        ),
        (
            {"certificates": {"ca.crt": certificate(400) + certificate(29)}},
            "certificates",
            "warning",
            "ca.crt has 29 days left",
        ),
        (
            {"certificates": {"a.crt": certificate(-2)}},
            "certificates",
            "failed",
            "a.crt has -2 days left",
        ),
        (
            {"certificates": {"a.crt": "nothing"}},
            "certificates",
            "failed",
            "/etc/celeriac/tls/a.crt holds no certificate",
        ),
    ],
)
def test_one_check(
    subject: environment.Subject, said: dict[str, Any], check: str, state: str, what: str
) -> None:
    found = {one.check: one for one in hosts.findings(subject, [answer(**said)])}
    assert (found[check].state, found[check].what) == (state, what)
    assert bool(found[check].remedy) == (state != "ok")


def test_the_inventory_says_how_much_is_enough(tmp_path: Path) -> None:
    little = {"base_minimum_disk_mb": 10, "base_hosts_file": False}
    file = write(tmp_path, hosts={"children/build/hosts/one": little})
    subject = environment.read(Environment("test", tmp_path / "inventories"), file)
    told = answer(disk_free=11, unknown_names=["two"])
    found = {one.check: one.state for one in hosts.findings(subject, [told])}
    assert (found["disk"], found["names"]) == ("ok", "failed")


@pytest.mark.parametrize(
    ("reached", "reason", "check", "remedy"),
    [
        (False, "ssh: connect to host one port 22: Connection refused", "reachable", "by hand"),
        (False, "no answer within 30 s", "reachable", "by hand"),
        (True, "sudo: a password is required", "root", "sudo without a password"),
        (True, "bash: line 1: sudo: command not found", "root", "ansible_user: root"),
        (True, "sudo: python3: command not found", "python", "apt-get install python3"),
        (True, "sh: 1: python3: not found", "python", "apt-get install python3"),
        (False, "Host key verification failed.", "reachable", "not the one in known_hosts"),
        (True, "FileNotFoundError: /proc/meminfo", "answer", "by hand"),
    ],
)
def test_a_host_that_says_nothing(
    subject: environment.Subject, reached: bool, reason: str, check: str, remedy: str
) -> None:
    (found,) = hosts.findings(subject, [Answer("one", reached, reason)])
    assert (found.check, found.state, found.what) == (check, "failed", reason)
    assert remedy in found.remedy
