"""A steady stream of requests to web hosts, and notes of each answer."""

from __future__ import annotations

import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from soak.books import Answer

# Requests by path, with their share. The tasks of each: docs/soak.md.
MIX = {
    "/work": 45,
    "/chain": 12,
    "/chord": 12,
    "/retry?failures=1": 10,
    "/retry?failures=2": 5,
    "/slow?seconds=1.5": 6,
    "/refused": 10,
}
BULK = "/bulk?n=100"
BULK_EVERY = 10.0  # seconds
PATIENCE = 1.0  # seconds that a client waits for each part of an answer
CLIENTS = 8  # of each host; so many requests may be open there at once


@dataclass(frozen=True)
class Web:
    """A host and where the site of the ledger listens there."""

    host: str
    address: str
    port: int


class Due(NamedTuple):
    """A request, and when to send it, by the monotonic clock."""

    at: float
    path: str
    method: str = "POST"


class Load:
    """Sends the requests of a stream, each when it is due, until stopped.

    Each client has its own connection and keeps it. A client that finds all others waiting for
    their answers does not wait for them: the rate holds as long as clients are free.
    """

    def __init__(
        self,
        webs: Sequence[Web],
        stream: Iterator[Due],
        clients: int = CLIENTS,
        patience: float = PATIENCE,
        bulk_every: float | None = None,
    ) -> None:
        self._stopped = threading.Event()
        self._due = stream
        self._turn = threading.Lock()
        self._answers: list[Answer] = []
        self._patience = patience
        self._threads = [
            threading.Thread(target=self._client, args=(web,), daemon=True)
            for web in webs
            for _ in range(clients)
        ]
        if bulk_every:
            bulk = threading.Thread(target=self._bulk, args=(webs, bulk_every), daemon=True)
            self._threads.append(bulk)

    @property
    def answers(self) -> list[Answer]:
        """The answers so far."""
        return list(self._answers)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the requests that are open."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _client(self, web: Web) -> None:
        client = Client(web, self._patience)
        while not self._stopped.is_set():
            with self._turn:
                due = next(self._due)
            if not self._stopped.wait(max(0.0, due.at - time.monotonic())):
                self._answers.append(client.ask(due.path, due.method))

    def _bulk(self, webs: Sequence[Web], every: float) -> None:
        clients = itertools.cycle([Client(web, self._patience) for web in webs])
        while not self._stopped.wait(every):
            self._answers.append(next(clients).ask(BULK))


def mixed(rate: float, seed: int) -> Iterator[Due]:
    """Yield `rate` requests a second by their shares, for the client whose turn it is."""
    choose = random.Random(f"{seed} requests")  # noqa: S311 (a run that can be had again)
    paths, shares = list(MIX), list(MIX.values())
    since = time.monotonic()
    for number in itertools.count():
        yield Due(since + number / rate, choose.choices(paths, shares)[0])


class Client:
    """One connection to a web host, made anew after an error."""

    def __init__(self, web: Web, patience: float = PATIENCE) -> None:
        self._host = web.host
        self._connection = http.client.HTTPConnection(web.address, web.port, timeout=patience)

    def ask(self, path: str, method: str = "POST") -> Answer:
        """Send a request and note what came of it."""
        at, since = time.time(), time.monotonic()
        status, error, tasks, release = 0, "", (), ""
        try:
            self._connection.request(method, path, headers={"Content-Length": "0"})
            answer = self._connection.getresponse()
            text = answer.read()
            if 200 <= answer.status < 300:
                told = json.loads(text)
                tasks, release = tuple(told["tasks"]), told["release"]
            status = answer.status
        except (OSError, http.client.HTTPException, ValueError, KeyError) as problem:
            self._connection.close()
            error = repr(problem)
        seconds = time.monotonic() - since
        kind = path.partition("?")[0].removeprefix("/")
        return Answer(self._host, kind, at, seconds, status, error, tasks, release)
