"""What a stamp tells of a host, and what the next deploy finds not to be as it was left."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.unit.modules.loading import module, shared

stamp, leave = shared("celeriac_stamp"), module("celeriac_stamp")
DAY = 24 * 3600
CONFIGURATION, SITE = "files below etc", "etc/nginx/site"
DEFINITIONS = {"users": [{"name": "shop"}, {"name": "admin"}], "rabbit_version": "3.10"}
NODE = {"name": "rabbit@one", "running": True, "partitions": [], "mem_alarm": False}
QUEUE = {
    "vhost": "shop",
    "name": "mail",
    "leader": "a",
    "members": ["b", "a"],
    "online": ["a", "b"],
}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folders of a host on which a release runs. systemd and services are not asked."""
    for name in (
        *(SITE, "srv/shop/releases/R/manage.py", "srv/shop/static/css/shop.css"),
        *("var/celeriac/audit.jsonl", "var/archives/R.json", "status", "meminfo"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("text\n")
    (tmp_path / "srv/shop/current").symlink_to("releases/R")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stamp, "FOLDERS", ("etc",))
    monkeypatch.setattr(stamp, "FILES", ("status", "cookie"))
    monkeypatch.setattr(stamp, "MEMORY", ("meminfo", "no-such-control-group"))
    monkeypatch.setattr(stamp, "ADMIN", tmp_path / "no-haproxy")
    monkeypatch.setattr(stamp, "units", lambda: ["web-shop@R.service active"])
    return tmp_path


def left(**more: Any) -> str:
    params = {"inputs": "I", "application": "shop", "root": "srv/shop", "state": "var/celeriac"}
    rest: dict[str, Any] = dict.fromkeys(("broker", "broker_password", "database"))
    rest |= {"answers": [], "archives": "var/archives", "unseen": [], "since": 2**40}
    return str(leave.apply({**params, **rest, **more}))


def differs(inputs: str = "I", age: float = DAY, **secrets: str) -> list[str]:
    found: list[str] = stamp.compare("var/celeriac/stamp.json", inputs, age, secrets)["differs"]
    return found


def rewritten() -> None:
    """Somebody edits a file and puts its time back."""
    seen = Path(SITE).stat()
    Path(SITE).write_text("TEXT\n")
    os.utime(SITE, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def moved() -> None:
    Path("srv/shop/current").unlink()
    Path("srv/shop/current").symlink_to("releases/Q")


def marked() -> None:
    Path("var/celeriac/paused").mkdir()
    Path("var/celeriac/paused/mail").touch()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda: None, []),
        (lambda: Path("etc/new").touch(), [CONFIGURATION]),
        (lambda: Path(SITE).unlink(), [CONFIGURATION]),
        (lambda: Path(SITE).chmod(0o600), [CONFIGURATION]),
        (lambda: Path("etc/nginx").chmod(0o700), [CONFIGURATION]),
        (rewritten, [CONFIGURATION]),
        (lambda: Path("status").write_text("one more package\n"), ["packages and cookies"]),
        (moved, ["releases"]),
        (lambda: Path("srv/shop/releases/Q").mkdir(), ["releases"]),
        # What a release writes into its own folders is not looked at.
        (lambda: Path("srv/shop/releases/R/more").touch(), []),
        (lambda: Path("srv/shop/static/css/new.css").touch(), ["releases"]),
        (lambda: Path("var/archives/R.json").unlink(), ["archives"]),
        (lambda: Path("meminfo").write_text("MemTotal: 2 kB\n"), ["size of the host"]),
        (lambda: Path("var/celeriac/steps").mkdir(), ["what the host remembers"]),
        (lambda: Path("var/celeriac/audit.jsonl").write_text("text\nmore\n"), ["audit"]),
        (lambda: Path("var/celeriac/lock").touch(), ["lock"]),
        (marked, ["paused"]),
        (lambda: Path("var/celeriac/maintenance.html").touch(), ["maintenance.html"]),
        (lambda: Path("var/celeriac/stamp.json").unlink(), ["no deploy has left a stamp"]),
        (lambda: Path("var/celeriac/stamp.json").write_text("[]"), ["no deploy has left a stamp"]),
    ],
)
@pytest.mark.usefixtures("host")
def test_what_was_touched_is_told(change: Callable[[], None], told: list[str]) -> None:
    assert left() == ""
    change()
    assert differs() == told


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (["web-shop@R.service deactivating"], "units"),
        (["web-shop@R.service active", "some.service failed"], "units"),
        (["web-shop@R.service failed"], "web-shop@R.service is failed"),
        (["celery-shop-mail-1@R.service activating"], "celery-shop-mail-1@R.service is activating"),
    ],
)
@pytest.mark.usefixtures("host")
def test_units_that_do_not_run_as_they_did(
    monkeypatch: pytest.MonkeyPatch, now: list[str], told: str
) -> None:
    left()
    monkeypatch.setattr(stamp, "units", lambda: now)
    assert differs() == [told]


@pytest.mark.usefixtures("host")
def test_what_fails_as_the_stamp_is_left_is_not_taken_for_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stamp, "units", lambda: ["web-shop@R.service failed"])
    assert left() == "web-shop@R.service is failed"
    assert differs() == ["no deploy has left a stamp"]


@pytest.mark.usefixtures("host")
def test_what_was_changed_or_not_seen_during_the_deploy_leaves_no_stamp() -> None:
    now = int(Path(SITE).stat().st_ctime)
    assert left(since=now + 1) == ""
    # Of the second in which the deploy began nobody knows whether it was before or after a look.
    monkey = leave.newest
    leave.newest = lambda: monkey(("etc",))
    try:
        assert left(since=now) == "files were changed meanwhile"
    finally:
        leave.newest = monkey
    assert left(unseen=["database"]) == "not looked at: database"
    assert differs() == ["no deploy has left a stamp"]


@pytest.mark.usefixtures("host")
def test_a_stamp_is_one_of_its_inputs_and_grows_old(monkeypatch: pytest.MonkeyPatch) -> None:
    left()
    assert differs(inputs="J") == ["another deploy was there since"]
    now = time.time()
    for later, told in [
        (DAY - 60, []),
        (DAY + 60, ["the stamp is old"]),
        (-60, ["the stamp is old"]),
    ]:
        monkeypatch.setattr(time, "time", lambda then=now + later: then)
        assert differs() == told


@pytest.mark.usefixtures("host")
def test_units_that_come_with_a_login_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = (
        "user@1000.service loaded active running A person\nssh.service loaded active running SSH\n"
    )
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ncat <<'.'\n{listed}.\n")
    program.chmod(0o755)
    monkeypatch.undo()
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    assert stamp.units() == ["ssh.service active"]


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    """A web server and a management API: what each path answers, and the logins that came."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = self.server.told  # type: ignore[attr-defined]
            self.server.logins.append(self.headers["Authorization"])  # type: ignore[attr-defined]
            status, said = told.get(self.path.split("?")[0], (404, None))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as running:
        running.told, running.logins = {}, []  # type: ignore[attr-defined]
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def url(server: HTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}"


@pytest.mark.usefixtures("host")
def test_a_host_that_answers_otherwise(server: Any) -> None:
    asked = {"url": f"{url(server)}/health", "host": "shop", "codes": [200], "socket": ""}
    server.told["/health"] = (200, "")
    assert left(answers=[asked]) == ""
    assert differs() == []
    server.told["/health"] = (503, "")
    assert differs() == [f"{url(server)}/health: status 503"]
    assert left(answers=[asked]) == f"{url(server)}/health: status 503"
    assert differs() == ["no deploy has left a stamp"]


@pytest.mark.parametrize(
    ("path", "said", "told"),
    [
        # As they may come the next time.
        ("definitions", {**DEFINITIONS, "users": DEFINITIONS["users"][::-1]}, []),
        ("definitions", {**DEFINITIONS, "users": [{"name": "shop"}]}, ["broker"]),
        ("nodes", [{**NODE, "partitions": ["rabbit@two"]}], ["broker"]),
        ("nodes", [{**NODE, "mem_alarm": True}], ["broker"]),
        ("nodes", [{**NODE, "fd_used": 7}], []),
        ("queues", [{**QUEUE, "online": ["b", "a"]}, {"vhost": "shop", "name": "reply"}], []),
        ("queues", [{**QUEUE, "online": ["a"]}], ["broker"]),
        ("queues", [{**QUEUE, "leader": "b"}], ["broker"]),
    ],
)
@pytest.mark.usefixtures("host")
def test_a_broker_that_says_something_else(
    server: Any, path: str, said: Any, told: list[str]
) -> None:
    server.told.update(
        {
            "/api/definitions": (200, DEFINITIONS),
            "/api/nodes": (200, [NODE]),
            "/api/queues": (200, [QUEUE]),
        }
    )
    asked = {"url": url(server), "user": "admin"}
    assert left(broker=asked, broker_password="secret") == ""
    assert "secret" not in Path("var/celeriac/stamp.json").read_text()
    server.told[f"/api/{path}"] = (200, said)
    assert differs(broker="secret") == told
    assert set(server.logins) == {"Basic YWRtaW46c2VjcmV0"}


@pytest.mark.usefixtures("host")
def test_root_alone_reads_a_stamp() -> None:
    left()
    assert Path("var/celeriac/stamp.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("host")
def test_a_full_disk_leaves_no_stamp(monkeypatch: pytest.MonkeyPatch) -> None:
    left()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "stamp.json.new")

    monkeypatch.setattr(leave, "write", full)
    assert left() == "[Errno 28] No space left on device: 'stamp.json.new'"
    assert differs() == ["no deploy has left a stamp"]
