"""People who register while something happens to the hosts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from demo.main_job import Disappointed, Registered, Visitor
from tests.deployed import Deployed


class People:
    """They register all the time, at one web host after the other."""

    def __init__(self, deployed: Deployed) -> None:
        self.accepted: list[tuple[Visitor, Registered]] = []
        self.refused: list[Disappointed] = []
        self._mailbox, self._sites = deployed.mailbox(), list(deployed.sites().values())

    def register(self) -> None:
        visitor = Visitor(self._sites[len(self.accepted) % len(self._sites)], self._mailbox)
        try:
            self.accepted.append((visitor, visitor.register()))
        except Disappointed as refusal:
            self.refused.append(refusal)


@contextmanager
def registrations(deployed: Deployed) -> Iterator[People]:
    people, stop = People(deployed), threading.Event()

    def go_on() -> None:
        while not stop.wait(0.5):
            people.register()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(go_on)
        try:
            yield people
        finally:
            stop.set()
    running.result()
