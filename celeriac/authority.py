"""The certificate authority of an environment: it signs what the environment's services show.

Its key and its certificate stand in the environment's vault. The services' own keys are made
on their hosts and never leave them; the role ``certificates`` has their requests signed here.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

YEARS = 10
# A host whose clock is behind must not refuse a new certificate.
_CLOCK = timedelta(hours=1)


def generate(environment: str) -> tuple[str, str]:
    """Return the key and the certificate of a new authority, both PEM.

    An elliptic key (P-256), ten years; the subject names the environment and the day, so that
    two authorities of an environment are told apart. It can sign no further authority.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC).replace(microsecond=0)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Celeriac"),
            x509.NameAttribute(NameOID.COMMON_NAME, _common_name(environment, now)),
        ]
    )
    public = key.public_key()
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    usage = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK)
        .not_valid_after(now + timedelta(days=round(365.25 * YEARS)))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage),
            critical=True,
        )
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        certificate.public_bytes(Encoding.PEM).decode(),
    )


def _common_name(environment: str, now: datetime) -> str:
    """Return the name; X.509 gives it 64 characters, and the time keeps two of a day apart."""
    return f"{environment[:40]} {now:%Y-%m-%d %H:%M:%S}"
