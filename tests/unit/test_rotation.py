"""The environment's authority: how it is made, and what is trusted while it is replaced."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from celeriac import authority, rotation

OLD = {"ca_key": "old key", "ca_certificate": "old", "erlang_cookie": "cookie"}


def test_an_authority_lasts_ten_years_and_names_its_environment() -> None:
    key, certificate = authority.generate("production")
    made = x509.load_pem_x509_certificate(certificate.encode())
    private = load_pem_private_key(key.encode(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    assert isinstance(private.curve, ec.SECP256R1)
    assert made.public_key() == private.public_key()
    assert "production" in made.subject.rfc4514_string()
    years = (made.not_valid_after_utc - datetime.now(UTC)).days / 365.25
    assert 9.9 < years <= 10
    constraints = made.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (True, 0)


def test_a_long_name_fits() -> None:
    _, certificate = authority.generate("e" * 100)
    assert "e" * 40 in x509.load_pem_x509_certificate(certificate.encode()).subject.rfc4514_string()


def test_both_are_trusted_until_the_end() -> None:
    begun = rotation.begun(OLD, ("new key", "new"))
    promoted = rotation.promoted(begun)
    finished = rotation.finished(promoted)
    phases = [OLD, begun, promoted, finished]
    assert [held["ca_certificate"] for held in phases] == ["old", "old", "new", "new"]
    assert [held["ca_key"] for held in phases] == ["old key", "old key", "new key", "new key"]
    assert [rotation.trusted(held) for held in phases] == [
        ["old"],
        ["old", "new"],
        ["new", "old"],
        ["new"],
    ]
    assert finished == {"ca_key": "new key", "ca_certificate": "new", "erlang_cookie": "cookie"}
