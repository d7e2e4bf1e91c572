"""The module that takes a web host out of HAProxy's balance, before a socket that answers as HAProxy does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.modules.loading import module

edge = module("celeriac_edge")


class HAProxy:
    """Web hosts of applications with their state; each look ends one request of those that drain."""

    def __init__(self, path: Path, rows: dict[str, tuple[str, int]]) -> None:
        self.status = {place: status for place, (status, _) in rows.items()}
        self.requests = {place: count for place, (_, count) in rows.items()}
        self.orders: list[str] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                command = connection.recv(4096).decode().strip()
                connection.sendall(self._answer(command).encode())

    def _answer(self, command: str) -> str:
        if command.startswith("show stat"):
            return self._table()
        self.orders.append(command)
        _, _, place, _, state = command.split()
        if place not in self.status:
            return "No such server.\n\n"
        self.status[place] = {"drain": "DRAIN", "ready": "UP"}[state]
        return "\n"

    def _table(self) -> str:
        lines = ["# pxname,svname,scur,status,"]
        for place, status in self.status.items():
            backend, server = place.split("/")
            lines.append(f"{backend},{server},{self.requests[place]},{status},")
            if status == "DRAIN":
                self.requests[place] = max(0, self.requests[place] - 1)
        return "\n".join(lines) + "\n\n"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Any]:
    running: list[HAProxy] = []

    def one(**rows: tuple[str, int]) -> HAProxy:
        places = {name.replace("__", "/"): row for name, row in rows.items()}
        running.append(HAProxy(tmp_path / "admin.sock", places))
        return running[0]

    yield one
    for haproxy in running:
        haproxy.close()


def apply(tmp_path: Path, state: str, check: bool = False, **more: Any) -> dict[str, Any]:
    params = {
        "server": "web1",
        "state": state,
        "wait": 5,
        "expect": [],
        "socket": str(tmp_path / "admin.sock"),
    }
    found: dict[str, Any] = edge.apply({**params, **more}, check)
    return found


def result(backends: list[str], kept: list[str], requests: int = 0) -> dict[str, Any]:
    return {"changed": bool(backends), "backends": backends, "kept": kept, "requests": requests}


@pytest.mark.parametrize(
    ("rows", "backends", "kept"),
    [
        ({"shop__web1": ("UP", 2), "shop__web2": ("UP", 0)}, ["shop"], []),
        ({"shop__web1": ("UP", 0), "shop__web2": ("DOWN", 0)}, [], ["shop"]),
        ({"shop__web1": ("UP", 0), "shop__web2": ("DRAIN", 0)}, [], ["shop"]),
        ({"shop__web1": ("DOWN", 0), "shop__web2": ("UP 1/3", 0)}, ["shop"], []),
        ({"shop__web1": ("DOWN", 0), "shop__web2": ("DOWN", 0)}, [], []),
        ({"shop__web1": ("DRAIN", 0), "shop__web2": ("UP", 0)}, [], []),
        (
            {
                "shop__web1": ("UP", 0),
                "shop__web2": ("UP", 0),
                "blog__web1": ("UP", 0),
                "blog__web2": ("DOWN", 0),
            },
            ["shop"],
            ["blog"],
        ),
    ],
)
def test_out(
    tmp_path: Path,
    start: Any,
    rows: dict[str, tuple[str, int]],
    backends: list[str],
    kept: list[str],
) -> None:
    haproxy = start(**rows)
    assert apply(tmp_path, "out", check=True) == result(backends, kept)
    assert haproxy.orders == []
    assert apply(tmp_path, "out") == result(backends, kept)
    assert haproxy.orders == [f"set server {name}/web1 state drain" for name in backends]


def test_requests_that_do_not_end_are_told(tmp_path: Path, start: Any) -> None:
    start(shop__web1=("UP", 1000), shop__web2=("UP", 0))
    assert apply(tmp_path, "out", wait=0.5)["requests"] > 900


def test_in_again(tmp_path: Path, start: Any) -> None:
    haproxy = start(shop__web1=("DRAIN", 0), blog__web1=("UP", 0), wiki__web1=("MAINT", 0))
    assert apply(tmp_path, "in", expect=["shop"]) == result(["shop", "wiki"], [])
    assert haproxy.orders == [f"set server {name}/web1 state ready" for name in ("shop", "wiki")]
    assert apply(tmp_path, "in", expect=["shop"]) == result([], [])


def test_in_and_not_well(tmp_path: Path, start: Any) -> None:
    start(shop__web1=("DOWN 1/2", 0), blog__web1=("DOWN", 0))
    with pytest.raises(
        edge.Failed, match=r"does not find web1 well: shop \(DOWN 1/2\)\. It gets no"
    ):
        apply(tmp_path, "in", wait=0.3, expect=["shop"])


def test_well_alone_leaves_out_what_somebody_took_out(tmp_path: Path, start: Any) -> None:
    haproxy = start(shop__web1=("DRAIN", 0), blog__web1=("UP", 0), wiki__web1=("DOWN", 0))
    assert apply(tmp_path, "well", expect=["shop", "blog"]) == result([], [])
    with pytest.raises(edge.Failed, match=r"wiki \(DOWN\)"):
        apply(tmp_path, "well", wait=0.3, expect=["wiki"])
    assert haproxy.orders == []


def test_an_order_that_is_refused(tmp_path: Path, start: Any) -> None:
    start(shop__web1=("UP", 0))
    with pytest.raises(edge.Failed, match=r"'set server shop/web9 state ready': No such server"):
        edge.Socket(str(tmp_path / "admin.sock")).order("set server shop/web9 state ready")


def test_where_no_haproxy_runs_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert apply(tmp_path, "out") == result([], [])
    assert apply(tmp_path, "in", expect=["shop"]) == result([], [])
