"""Whom a process believes to be the broker, when it connects as Celery does."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
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

from celeriac.authority import generate
from tests.integration.systemd import Unit

# What every client of AMQP 0.9.1 says first, once it believes the other side.
HELLO = b"AMQP\x00\x00\x09\x01"
CONNECT = """
import sys
from kombu import Connection

connection = Connection(sys.argv[1], connect_timeout=5)
connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0)
"""


class Listener:
    """Shows a certificate, writes down what a client says first, and hangs up."""

    def __init__(self, folder: Path, name: str, authority: tuple[str, str]) -> None:
        self.heard: list[bytes] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(_certificate(folder, name, authority))
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._serve, args=(context,), daemon=True).start()

    def _serve(self, context: ssl.SSLContext) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:  # closed
                return
            try:
                with client, context.wrap_socket(client, server_side=True) as encrypted:
                    self.heard.append(encrypted.recv(len(HELLO)))
            except OSError:
                continue

    def close(self) -> None:
        # Only this wakes the thread that waits for a client.
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()


def _certificate(folder: Path, name: str, authority: tuple[str, str]) -> Path:
    signing = load_pem_private_key(authority[0].encode(), None)
    issuer = x509.load_pem_x509_certificate(authority[1].encode()).subject
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    try:
        known_as = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        known_as = x509.DNSName(name)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([known_as]), critical=True)
        .sign(signing, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / f"{name}.pem"
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return file


@pytest.fixture
def authority(tmp_path: Path) -> tuple[str, str]:
    made = generate("tests")
    (tmp_path / "ca.crt").write_text(made[1])
    return made


@pytest.fixture
def localhost(tmp_path: Path, authority: tuple[str, str]) -> Iterator[Listener]:
    """A broker that is called localhost and nothing else."""
    listener = Listener(tmp_path, "localhost", authority)
    yield listener
    listener.close()


def connect(folder: Path, authority: str, *addresses: str) -> str:
    """Connect to the first that will do, from a process with this file of authorities."""
    (folder / "connect.py").write_text(CONNECT)
    url = ";".join(f"amqps://u:p@{address}//" for address in addresses)
    unit = Unit(
        ["python", "connect.py", url],
        ready="none",
        folder=folder,
        environment={"CELERIAC_CA": str(folder / authority)},
    )
    try:
        assert unit.wait(20) != 0
        return unit.log
    finally:
        unit.remove()


def test_a_broker_with_a_certificate_of_our_authority_is_believed(
    tmp_path: Path, localhost: Listener
) -> None:
    connect(tmp_path, "ca.crt", f"localhost:{localhost.port}")
    assert set(localhost.heard) == {HELLO}


def test_another_authority_is_not(tmp_path: Path, localhost: Listener) -> None:
    (tmp_path / "other.crt").write_text(generate("other")[1])
    log = connect(tmp_path, "other.crt", f"localhost:{localhost.port}")
    assert "CERTIFICATE_VERIFY_FAILED" in log
    assert localhost.heard == []


def test_another_name_is_not(tmp_path: Path, localhost: Listener) -> None:
    log = connect(tmp_path, "ca.crt", f"127.0.0.1:{localhost.port}")
    assert "IP address mismatch" in log
    assert localhost.heard == []


def test_each_of_several_brokers_is_known_by_its_own_name(
    tmp_path: Path, authority: tuple[str, str], localhost: Listener
) -> None:
    """With one name for all, the second would be asked for the name of the first."""
    second = Listener(tmp_path, "127.0.0.1", authority)
    connect(tmp_path, "ca.crt", f"localhost:{localhost.port}", f"127.0.0.1:{second.port}")
    second.close()
    assert (set(localhost.heard), set(second.heard)) == ({HELLO}, {HELLO})
