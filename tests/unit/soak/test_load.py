"""Clients against a server of this process."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from threading import Thread

import pytest

from soak.load import Client, Due, Load, Web

GOOD = json.dumps({"tasks": ["a"], "release": "r1"})


class Site(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connections = 0

    def setup(self) -> None:
        Site.connections += 1
        super().setup()

    def do_GET(self) -> None:
        status, text = {"/good": (200, GOOD), "/away": (503, "away")}.get(self.path, (200, "page"))
        if self.path == "/cut":
            self.close_connection = True
            return
        if self.path == "/slow":
            time.sleep(0.5)
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_POST = do_GET  # noqa: N815 (as http.server wants it)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Web]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    Site.connections = 0
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield Web("edge1", "127.0.0.1", server.server_address[1])
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "status", "error", "tasks"),
    [
        ("/good", 200, "", ("a",)),
        ("/away", 503, "", ()),
        ("/cut", 0, "RemoteDisconnected", ()),
        ("/slow", 0, "TimeoutError", ()),
        ("/page", 0, "JSONDecodeError", ()),
    ],
)
def test_what_a_client_notes(site: Web, path, status, error, tasks) -> None:
    client = Client(site, 0.25)
    seen = client.ask(path)
    assert (seen.host, seen.kind, seen.status, seen.tasks) == ("edge1", path[1:], status, tasks)
    assert error in seen.error
    assert bool(error) == bool(seen.error)
    assert client.ask("/good", "GET").release == "r1"  # it goes on after each of them


def test_the_rate_holds_on_connections_that_stay(site: Web) -> None:
    since = time.monotonic()
    stream = (Due(since + number / 50, "/good", "GET") for number in count())
    load = Load([site], stream, clients=4)
    load.start()
    time.sleep(1)
    load.stop()
    assert 40 <= len(load.answers) <= 60
    assert {answer.status for answer in load.answers} == {200}
    assert Site.connections <= 4
