"""Which brokers a process talks to: those that the environment's authority vouches for."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from kombu import Connection
from kombu.transport import TRANSPORT_ALIASES

from celeriac import authority
from celeriac.worker import tls


class Listener:
    """A server that knows TLS and no AMQP: it hangs up after the handshake."""

    def __init__(self, address: str, certificate: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._context = context
        self._socket = socket.create_server((address, 0))
        self.url = f"amqps://user:password@{address}:{self._socket.getsockname()[1]}//"
        self.trusted = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            client.settimeout(5)
            try:
                with self._context.wrap_socket(client, server_side=True) as connection:
                    # Its first bytes show that it took the certificate: TLS 1.3 does not.
                    self.trusted = connection.recv(4) == b"AMQP"
            except OSError:
                client.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """The authority that this process trusts, its key and certificate."""
    key, certificate = authority.generate("test")
    file = tmp_path / "ca.crt"
    file.write_text(certificate)
    monkeypatch.setenv("CELERIAC_CA", str(file))
    monkeypatch.setitem(TRANSPORT_ALIASES, "amqps", TRANSPORT_ALIASES["amqps"])
    tls.install()
    return key, certificate


@pytest.fixture
def listen(tmp_path: Path) -> Iterator[Callable[..., Listener]]:
    """Start a server at an address, with a certificate of an authority for a name."""
    listeners: list[Listener] = []

    def listen(address: str, signer: tuple[str, str], name: str = "") -> Listener:
        file = tmp_path / f"{address}.pem"
        file.write_bytes(_certificate(signer, name or address))
        listeners.append(Listener(address, file))
        return listeners[-1]

    yield listen
    for listener in listeners:
        listener.close()


def _certificate(signer: tuple[str, str], address: str) -> bytes:
    """Return a key and a certificate for an address, PEM."""
    key, issuer = ec.generate_private_key(ec.SECP256R1()), signer[1].encode()
    now = datetime.datetime.now(datetime.UTC)
    name = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.load_pem_x509_certificate(issuer).subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(name, critical=True)
        .sign(serialization.load_pem_private_key(signer[0].encode(), None), hashes.SHA256())
    )
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    return key.private_bytes(pem, *plain) + certificate.public_bytes(pem)


def connect(*listeners: Listener) -> None:
    """Try the brokers of a list in turn, until each was tried twice."""
    connection = Connection(";".join(listener.url for listener in listeners))
    with connection, pytest.raises(connection.connection_errors):
        connection.ensure_connection(
            max_retries=2, interval_start=0, interval_step=0, reraise_as_library_errors=False
        )


def test_each_broker_of_a_list_is_checked_by_its_own_name(environment, listen) -> None:
    brokers = [listen(f"127.0.0.{number}", environment) for number in (1, 2, 3)]
    connect(*brokers)
    assert [broker.trusted for broker in brokers] == [True, True, True]


def test_another_name_is_not_trusted(environment, listen) -> None:
    broker = listen("127.0.0.1", environment, name="127.0.0.2")
    connect(broker)
    assert not broker.trusted


def test_another_authority_is_not_trusted(environment, listen) -> None:
    broker = listen("127.0.0.1", authority.generate("other"))
    connect(broker)
    assert not broker.trusted
