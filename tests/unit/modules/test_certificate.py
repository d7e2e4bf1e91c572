"""The module that looks at a certificate: when a new one is needed, and that a pair stays one."""

from __future__ import annotations

import getpass
import grp
import ipaddress
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from celeriac.authority import generate
from tests.unit.modules.loading import module

certificate = module("celeriac_certificate")
AUTHORITY = generate("test")
NAMES = ["db1", "192.0.2.1"]


def pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def issue(
    public: Any, names: list[str], days: float = 397, authority: tuple[str, str] = AUTHORITY
) -> str:
    signer = load_pem_private_key(authority[0].encode(), None)
    issuer = x509.load_pem_x509_certificate(authority[1].encode())
    alternatives = [
        x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
        for name in names
    ]
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(issuer.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days, minutes=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=True)
        .sign(signer, hashes.SHA256())  # type: ignore[arg-type]
        .public_bytes(Encoding.PEM)
        .decode()
    )


def params(folder: Path, **changes: Any) -> dict[str, Any]:
    return {
        "folder": str(folder),
        "name": "postgresql",
        "names": NAMES,
        "authority": AUTHORITY[1],
        "renew_days": 30,
        "renew": False,
        "certificate": None,
        "owner": getpass.getuser(),
        "group": grp.getgrgid(os.getgid()).gr_name,
        **changes,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a certificate that is all right."""
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "postgresql.key").write_bytes(pem(key))
    (tmp_path / "postgresql.key").chmod(0o600)
    (tmp_path / "postgresql.crt").write_text(issue(key.public_key(), NAMES))
    return tmp_path


def own(folder: Path) -> Any:
    return load_pem_private_key((folder / "postgresql.key").read_bytes(), None).public_key()


def test_one_that_is_all_right_is_kept(folder: Path) -> None:
    found = certificate.apply(params(folder), check_mode=False)
    assert (found["changed"], found["reason"], found["written"]) == (False, "", [])


@pytest.mark.parametrize(
    ("damage", "changes", "reason"),
    [
        (lambda f: (f / "postgresql.crt").unlink(), {}, "there is none yet"),
        (lambda f: (f / "postgresql.key").unlink(), {}, "there is none yet"),
        (lambda f: (f / "postgresql.crt").write_text("?"), {}, "it cannot be read"),
        (
            lambda f: (f / "postgresql.key").write_bytes(pem(ec.generate_private_key(ec.SECP256R1()))),
            {},
            "it belongs to another key",
        ),
        (lambda f: (f / "postgresql.crt").write_text(issue(own(f), NAMES, 29)), {}, "29 days left"),
        (lambda f: (f / "postgresql.crt").write_text(issue(own(f), NAMES, 30)), {}, ""),
        (lambda f: (f / "postgresql.crt").write_text(issue(own(f), ["db1"])), {}, "it is for other names"),
        (lambda f: None, {"names": [*NAMES, "db"]}, "it is for other names"),
        (lambda f: None, {"authority": generate("test")[1]}, "another authority issued it"),
        (lambda f: None, {"renew": True}, "asked for"),
    ],
)  # fmt: skip
def test_when_a_new_one_is_needed(
    folder: Path, damage: Any, changes: dict[str, Any], reason: str
) -> None:
    damage(folder)
    found = certificate.apply(params(folder, **changes), check_mode=False)
    assert found["reason"].startswith(reason)
    assert bool(found["reason"]) == bool(reason)
    assert found["changed"] is False  # it has only looked
    checked = certificate.apply(params(folder, **changes), check_mode=True)
    assert checked["changed"] == bool(reason)
    assert len(checked["written"]) == (2 if reason else 0)


def test_the_next_key_comes_into_place_with_its_certificate(folder: Path) -> None:
    following = ec.generate_private_key(ec.SECP256R1())
    looked = certificate.apply(params(folder, renew=True), check_mode=False)
    Path(looked["next_key"]).write_bytes(pem(following))
    assert own(folder) != following.public_key()
    issued = issue(following.public_key(), NAMES)
    done = certificate.apply(params(folder, certificate=issued), check_mode=False)
    assert done["changed"]
    assert own(folder) == following.public_key()
    assert (folder / "postgresql.key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in folder.iterdir()) == ["postgresql.crt", "postgresql.key"]
    assert certificate.apply(params(folder), check_mode=False)["reason"] == ""


def test_a_key_that_others_may_read_is_closed(folder: Path) -> None:
    (folder / "postgresql.key").chmod(0o644)
    assert certificate.apply(params(folder), check_mode=True)["changed"]
    assert certificate.apply(params(folder), check_mode=False)["changed"]
    assert (folder / "postgresql.key").stat().st_mode & 0o777 == 0o600
    assert not certificate.apply(params(folder), check_mode=False)["changed"]
