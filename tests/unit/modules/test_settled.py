"""Who takes part in what goes one host after the other: whoever has, or may have, something to do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import UnixStreamServer
from typing import Any

import pytest

from tests.unit.modules.loading import filters, module

settled = module("celeriac_settled")
chosen = filters("celeriac_settled")
RELEASE, OLDER = "20261122T120000-0123456789", "20261121T120000-0123456789"
UNIT = f"web-shop@{RELEASE}.service"
RUNS = {
    "ActiveState": "active",
    "UnitFileState": "enabled",
    "NeedDaemonReload": "no",
    "ActiveEnterTimestamp": "@2000000000",
}


class Systemd:
    """What systemd would say."""

    def __init__(self, state: dict[str, str], others: list[str]) -> None:
        self._state, self._others = state, others

    def properties(self, names: list[str]) -> dict[str, dict[str, str]]:
        return dict.fromkeys(names, self._state)

    def others(self, patterns: list[str], wanted: set[str]) -> list[str]:
        return self._others


@pytest.mark.parametrize(
    ("state", "others", "marked", "reasons"),
    [
        ({}, [], "", []),
        ({"ActiveState": "failed"}, [], "", [f"start {UNIT}"]),
        ({"UnitFileState": "disabled"}, [], "", [f"enable {UNIT}"]),
        ({"ActiveEnterTimestamp": "@0"}, [], "", [f"restart {UNIT}"]),
        ({}, [], "paused", [f"paused {UNIT}"]),
        ({}, [], "drained", [f"drained {UNIT}"]),
        ({}, [f"web-shop@{OLDER}.service"], "", [f"stop web-shop@{OLDER}.service"]),
    ],
)
def test_units(
    tmp_path: Path, state: dict[str, str], others: list[str], marked: str, reasons: list[str]
) -> None:
    file = tmp_path / "environment"
    file.touch()
    if marked:
        (tmp_path / marked).mkdir()
        (tmp_path / marked / "web").touch()
    params = {
        "application": "shop",
        "release": RELEASE,
        "state": str(tmp_path),
        "units": [{"name": "web-shop", "files": [str(file)]}],
        "written": [],
    }
    assert settled.of_units(Systemd(RUNS | state, others), params) == reasons


def test_files_links_and_what_should_not_be_there(tmp_path: Path) -> None:
    site, link, page = tmp_path / "site", tmp_path / "link", tmp_path / "page"
    params: dict[str, Any] = {
        "files": {str(site): "text\n"},
        "links": {str(link): "site"},
        "absent": [str(page)],
    }
    assert settled.of_files(params) == [f"write {site}", f"link {link}"]
    site.write_text("text\n")
    site.chmod(0o644)
    link.symlink_to("site")
    assert settled.of_files(params) == []
    page.touch()
    site.chmod(0o600)
    assert settled.of_files(params) == [f"write {site}", f"remove {page}"]


def test_secrets_of_a_process_that_is_gone(tmp_path: Path) -> None:
    here, gone, empty = (tmp_path / name / "credentials" for name in ("web", "relay", "beat"))
    for folder in (here, gone, empty):
        folder.mkdir(parents=True)
    (here / "password").touch()
    (gone / "password").touch()
    assert settled.of_secrets(tmp_path, [str(here)]) == [f"remove the secrets in {gone}"]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        well = self.path == "/health" and self.headers["Host"] == "shop.example.org"
        self.send_response(204 if well else 500)
        self.end_headers()

    def log_message(self, *words: Any) -> None:
        pass

    def address_string(self) -> str:
        return ""


class Local(UnixStreamServer):
    pass


@pytest.fixture(params=["tcp", "unix"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, Any]]:
    unix = request.param == "unix"
    path = str(tmp_path / "socket")
    server = Local(path, Handler) if unix else HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = "http://localhost" if unix else f"http://127.0.0.1:{server.server_address[1]}"
    yield {"url": url, "socket": path if unix else ""}
    server.shutdown()
    server.server_close()


def test_answers(place: dict[str, Any]) -> None:
    asked = {"host": "shop.example.org", "codes": [200, 204], **place}
    url = place["url"]
    assert settled.ill({**asked, "url": f"{url}/health"}) == ""
    assert settled.ill({**asked, "url": f"{url}/other"}) == f"{url}/other: status 500"
    assert (
        settled.ill({**asked, "url": f"{url}/health", "host": "x"}) == f"{url}/health: status 500"
    )


@pytest.mark.parametrize("socket", ["", "/nowhere/socket"])
def test_no_answer(socket: str) -> None:
    asked = {"url": "http://127.0.0.1:1/", "socket": socket, "host": "x", "codes": [200]}
    assert settled.ill(asked).startswith("http://127.0.0.1:1/: ")


DONE: dict[str, Any] = {"release_settled_look": {"reasons": []}}
READ: dict[str, list[str]] = {"started": [], "restarted": [], "reloaded": [], "enabled": []}
WEB = {
    **DONE,
    "certificates_result": {"written": []},
    "web_settled_certificate": READ,
    "web_settled_edges": {"results": [{"backends": []}]},
}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (DONE, True),
        ({}, False),
        ({"release_settled_look": {"msg": "this host could not be read"}}, False),
        ({"release_settled_look": {"reasons": ["start it"]}}, False),
        (WEB, True),
        (WEB | {"certificates_result": {"written": ["/etc/celeriac/tls/web.crt"]}}, False),
        (WEB | {"certificates_result": {"skipped": True}}, False),
        (WEB | {"web_settled_certificate": READ | {"reloaded": ["nginx.service"]}}, False),
        (WEB | {"web_settled_certificate": {"msg": "no systemd"}}, False),
        (WEB | {"web_settled_edges": {"results": [{"backends": []}, {"msg": "not well"}]}}, False),
    ],
)
def test_a_host_is_left_out_if_every_look_says_so(found: dict[str, Any], expected: bool) -> None:
    assert chosen.settled(found) is expected
    assert chosen.unsettled(["one"], {"one": found}) == ([] if expected else ["one"])
    assert chosen.unsettled(["other"], {"one": found}) == ["other"]
