"""What the script that is sent to hosts makes of what it finds there."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from celeriac.fleet import probe
from celeriac.publishing.metrics import Counters, Standing, exposition, write
from tests.unit.fleet.hosts import show


def test_it_runs_alone_with_the_systems_python(tmp_path: Path) -> None:
    question = {"application": "x", "root": str(tmp_path), "units": False, "edge": False}
    question["broker"] = []
    answered = subprocess.run(
        ["python3", "-", json.dumps(question)],
        input=Path(probe.__file__).read_text(),
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answered.stderr == ""
    assert abs(json.loads(answered.stdout)["now"] - time.time()) < 60


@pytest.mark.parametrize(
    ("own", "seen"),
    [
        ({}, {"active": "active", "enabled": True, "since": 1763802723, "memory": 104857600}),
        ({"MemoryCurrent": "[not set]", "MemoryMax": "infinity"}, {"memory": None, "memory_limit": None}),
        ({"MainPID": "0"}, {"pid": None}),
        ({"ActiveState": "failed", "ActiveEnterTimestamp": "", "StateChangeTimestamp": "@7"}, {"since": 7}),
        ({"ActiveState": "activating", "StateChangeTimestamp": "n/a"}, {"since": None}),
        ({"StatusText": "a=b=c"}, {"status": "a=b=c"}),
        ({"UnitFileState": "disabled"}, {"enabled": False}),
    ],
)  # fmt: skip
def test_a_unit(own: dict[str, str], seen: dict[str, object]) -> None:
    (unit,) = probe.parse_units(show({"celery-shop-mail-1@r1": own}), "celeriac-shop.slice")
    assert (unit["unit"], unit["release"]) == ("celery-shop-mail-1", "r1")
    assert {name: unit[name] for name in seen} == seen


def test_units_of_another_application_are_left_out() -> None:
    text = show({"celery-shop-mail-1@r1": {"Slice": "celeriac-shop-mail.slice"}})
    assert probe.parse_units(text, "celeriac-shop.slice") == []
    assert probe.parse_units("", "celeriac-shop.slice") == []


def test_what_a_relay_wrote(tmp_path: Path) -> None:
    folder = tmp_path / "relay-shop" / "r1"
    folder.mkdir(parents=True)
    standing = Standing(3, 1.5, {"unroutable": 2, "too-large": 1})
    write(folder, exposition(standing, Counters(confirmed=9), database=True, broker=False))
    (relay,) = probe.relays(tmp_path, "shop")
    assert relay["release"] == "r1"
    assert relay["age"] < 60
    assert relay["outbox_waiting"] == 3
    assert relay["outbox_oldest_seconds"] == 1.5
    assert relay["outbox_parked"] == 3
    assert (relay["relay_database_up"], relay["relay_broker_up"]) == (1, 0)


def test_the_current_release(tmp_path: Path) -> None:
    assert probe.current(tmp_path) is None
    (tmp_path / "current").symlink_to("releases/r1")
    assert probe.current(tmp_path) == "r1"


@pytest.mark.skipif(sys.byteorder != "little", reason="the texts are those of such machines")
@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("0E541EAC:B26E", "172.30.84.14:45678"),
        ("0000000000000000FFFF00000E541EAC:B26E", "172.30.84.14:45678"),
        ("B80D0120000000000000000001000000:1628", "2001:db8::1:5672"),
    ],
)
def test_an_address_as_the_kernel_writes_it(text: str, end: str) -> None:
    assert probe.endpoint(text) == end


def test_the_connections_of_a_process_and_of_no_other() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            own = f"127.0.0.1:{client.getsockname()[1]}"
            assert own in probe.endpoints(Path("/proc"), os.getpid())
            assert own not in probe.endpoints(Path("/proc"), os.getppid())
    assert probe.endpoints(Path("/proc"), None) == []
    assert probe.endpoints(Path("/proc"), 999999999) == []


def test_children_are_counted_by_their_parent() -> None:
    with subprocess.Popen(["sleep", "30"]) as child:
        assert os.getpid() in probe.parents_of_all()
        child.kill()


def test_how_haproxy_sees_the_web_hosts(tmp_path: Path) -> None:
    admin = tmp_path / "admin.sock"
    assert probe.edge(str(admin), "shop") is None
    table = (
        "# pxname,svname,scur,status,\nshop,web1,0,UP,\nshop,web2,3,DOWN 1/2,\nother,web1,0,UP,\n\n"
    )
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(admin))
        server.listen()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                assert connection.recv(100) == b"show stat -1 4 -1\n"
                connection.sendall(table.encode())

        thread = threading.Thread(target=serve)
        thread.start()
        assert probe.edge(str(admin), "shop") == {"web1": "UP", "web2": "DOWN 1/2"}
        thread.join()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Error: unable to connect\n\nDIAGNOSTICS\n===\n", "Error: unable to connect"),
        ("Stack trace:\n\nError:\n{:badrpc}", "Error:"),
        ("something else\n", "something else"),
        ("", "no reason"),
    ],
)
def test_the_line_of_an_error_that_says_what_it_is(text: str, line: str) -> None:
    assert probe.reason(text) == line


def test_what_a_person_did_to_a_host(tmp_path: Path) -> None:
    assert probe.steered(tmp_path) == {"paused": {}, "drained": {}, "maintenance": None}
    (tmp_path / "paused").mkdir()
    (tmp_path / "paused" / "celery-shop-mail").write_text('{"who": "ann@far"}')
    (tmp_path / "paused" / "celery-shop-bulk").write_text("half a li")
    (tmp_path / "maintenance.html").touch()
    assert probe.steered(tmp_path) == {
        "paused": {"celery-shop-bulk": {}, "celery-shop-mail": {"who": "ann@far"}},
        "drained": {},
        "maintenance": {},
    }
