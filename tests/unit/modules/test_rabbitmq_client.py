"""The management API over https: only a server that proves its name is spoken to."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

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

from celeriac import authority
from tests.unit.modules import loading  # noqa: F401 (makes the next import find it)

from ansible.module_utils.celeriac_rabbitmq import BrokerError, Management  # isort: skip

ANSWER = b'{"tags": ["administrator"]}'


class Api(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_: object) -> None:
        """Not into the test's output."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With ``ca.pem``, ``other.pem`` and the server's ``server.pem``, which is for localhost."""
    place = tmp_path_factory.mktemp("tls")
    key, certificate = authority.generate("test")
    (place / "ca.pem").write_text(certificate)
    (place / "other.pem").write_text(authority.generate("test")[1])
    own, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    issued = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.load_pem_x509_certificate(certificate.encode()).subject)
        .public_key(own.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=True)
        .sign(load_pem_private_key(key.encode(), None), hashes.SHA256())  # type: ignore[arg-type]
    )
    private = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (place / "server.pem").write_bytes(issued.public_bytes(Encoding.PEM) + private)
    return place


@pytest.fixture(scope="module")
def port(folder: Path) -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Api)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_a_server_of_the_authority_is_trusted(folder: Path, port: int) -> None:
    url = f"https://localhost:{port}"
    Management(url, "admin", "secret", ca=str(folder / "ca.pem")).check_administrator()


@pytest.mark.parametrize(
    ("host", "ca", "reason"),
    [
        ("localhost", "other.pem", "is not trusted: "),
        ("localhost", None, "is not trusted: "),
        ("127.0.0.1", "ca.pem", "is not trusted: IP address mismatch"),
    ],
)
def test_another_server_is_not(
    folder: Path, port: int, host: str, ca: str | None, reason: str
) -> None:
    file = str(folder / ca) if ca else None
    with pytest.raises(BrokerError, match=reason):
        Management(f"https://{host}:{port}", "admin", "secret", ca=file).check_administrator()


def test_a_file_that_holds_no_certificate(folder: Path) -> None:
    with pytest.raises(BrokerError, match="no certificates of authorities can be read there"):
        Management("https://localhost", "admin", "secret", ca=str(folder / "missing.pem"))
