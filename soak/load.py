"""A steady rate of requests to every web host, and notes of each answer."""

from __future__ import annotations

import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
    """A web host and where its site of the ledger listens."""

    host: str
    address: str
    port: int


class Load:
    """Sends `rate` requests a second in all, and a bulk request now and then, until stopped.

    Each client has its own connection and keeps it. A client that finds all others waiting for
    their answers does not wait for them: the rate holds as long as clients are free.
    """

    def __init__(self, webs: Sequence[Web], rate: float, seed: int) -> None:
        self._stopped = threading.Event()
        self._due = self._requests(rate, seed)
        self._turn = threading.Lock()
        self._answers: list[Answer] = []
        self._threads = [
            threading.Thread(target=self._client, args=(web,), daemon=True)
            for web in webs
            for _ in range(CLIENTS)
        ]
        self._threads.append(threading.Thread(target=self._bulk, args=(webs,), daemon=True))

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

    def _requests(self, rate: float, seed: int) -> Iterator[tuple[float, str]]:
        """When to send which request, for the client whose turn it is."""
        choose = random.Random(f"{seed} requests")  # noqa: S311 (a run that can be had again)
        paths, shares = list(MIX), list(MIX.values())
        since = time.monotonic()
        for number in itertools.count():
            yield since + number / rate, choose.choices(paths, shares)[0]

    def _client(self, web: Web) -> None:
        client = Client(web)
        while not self._stopped.is_set():
            with self._turn:
                due, path = next(self._due)
            if not self._stopped.wait(max(0.0, due - time.monotonic())):
                self._answers.append(client.ask(path))

    def _bulk(self, webs: Sequence[Web]) -> None:
        clients = itertools.cycle([Client(web) for web in webs])
        while not self._stopped.wait(BULK_EVERY):
            self._answers.append(next(clients).ask(BULK))


class Client:
    """One connection to a web host, made anew after an error."""

    def __init__(self, web: Web) -> None:
        self._host = web.host
        self._connection = http.client.HTTPConnection(web.address, web.port, timeout=PATIENCE)

    def ask(self, path: str) -> Answer:
        """Send a request and note what came of it."""
        at, since = time.time(), time.monotonic()
        status, error, tasks = 0, "", ()
        try:
            self._connection.request("POST", path, headers={"Content-Length": "0"})
            answer = self._connection.getresponse()
            text = answer.read()
            status = answer.status
            if 200 <= status < 300:
                tasks = tuple(json.loads(text)["tasks"])
        except (OSError, http.client.HTTPException) as problem:
            self._connection.close()
            error = repr(problem)
        seconds = time.monotonic() - since
        kind = path.partition("?")[0].removeprefix("/")
        return Answer(self._host, kind, at, seconds, status, error, tasks)
