"""A client of RabbitMQ's management HTTP API, for the modules of Celeriac."""

from __future__ import annotations

import base64
import json
import ssl
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

TIMEOUT = 15.0  # seconds for one request


class BrokerError(Exception):
    """The broker could not do what was asked; the message names the place and the remedy."""


class WrongPassword(BrokerError):
    """The broker does not accept the user's name and password."""


def segment(name: str) -> str:
    """A name as one segment of a path: a virtual host may be called ``/``."""
    return quote(name, safe="")


def _trust(ca: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise BrokerError(
            f"{ca}: no certificates of authorities can be read there ({error}). Put them there (PEM)."
        ) from error


class Management:
    """The management API at ``url`` as one user. Every method raises `BrokerError`.

    Over https the server must show a certificate for its host name, issued by an authority in the
    file ``ca``, else by one that this host trusts.
    """

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        *,
        ca: str | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self.url = url.rstrip("/")
        self.username = username
        self.timeout = timeout
        token = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
        self._headers = {"Authorization": f"Basic {token}", "Content-Type": "application/json"}
        # The API is asked where it stands, never through a proxy of the environment.
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({})]
        if self.url.startswith("https:"):
            handlers.append(urllib.request.HTTPSHandler(context=_trust(ca)))
        self._opener = urllib.request.build_opener(*handlers)

    def get(self, path: str) -> Any:
        """The decoded answer, or None where there is no such object."""
        return self._request("GET", path, None, missing_is_none=True)

    def send(self, method: str, path: str, body: dict | None = None) -> None:
        self._request(method, path, body)

    def check_administrator(self) -> None:
        """Raise `WrongPassword`, or `BrokerError` for a user who may not administrate."""
        tags = (self.get("whoami") or {}).get("tags", [])
        if "administrator" not in tags:
            raise BrokerError(
                f"{self.url}: the user {self.username} has the tags {tags} and needs 'administrator'. "
                f"On the broker: rabbitmqctl set_user_tags {self.username} administrator"
            )

    def _request(
        self, method: str, path: str, body: dict | None, *, missing_is_none: bool = False
    ) -> Any:
        data = None if body is None else json.dumps(body).encode()
        address = f"{self.url}/api/{path}"
        request = urllib.request.Request(address, data, self._headers, method=method)  # noqa: S310
        try:
            with self._opener.open(request, timeout=self.timeout) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            if missing_is_none and error.code == HTTPStatus.NOT_FOUND:
                return None
            raise self._refusal(method, path, error) from error
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, ssl.SSLCertVerificationError):
                raise BrokerError(
                    f"{self.url} is not trusted: {reason.verify_message}. Name the file with the certificate of "
                    "its authority, and the host as its certificate does."
                ) from error
            raise BrokerError(
                f"{self.url} does not answer ({reason}). Is RabbitMQ running with the management plugin? "
                "On the broker: systemctl status rabbitmq-server; journalctl -u rabbitmq-server"
            ) from error
        try:
            return json.loads(text) if text else None
        except ValueError as error:
            raise BrokerError(
                f"{self.url} answered something that is not JSON. Is this RabbitMQ's management API?"
            ) from error

    def _refusal(self, method: str, path: str, error: urllib.error.HTTPError) -> BrokerError:
        if error.code == HTTPStatus.UNAUTHORIZED:
            return WrongPassword(
                f"{self.url} does not accept the password of the user {self.username} (401). Is the secret "
                "the one that this broker was set up with? On our own, the role rabbitmq sets it."
            )
        try:
            reason = json.loads(error.read()).get("reason", "")
        except (ValueError, AttributeError, OSError):
            reason = ""
        return BrokerError(
            f"{self.url}: {method} /api/{path} was refused with {error.code} {error.reason}. {reason}".rstrip()
        )
