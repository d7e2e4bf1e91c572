"""Sends what stands in the outbox: claims rows, publishes them, deletes what was confirmed.

Rows stay locked in one transaction from the claim to the delete. A relay that dies in between
has deleted nothing, and its rows are sent again, by itself or by another: a message may be sent
twice and is never lost. Between rows no order is promised.
"""

import logging
import time
from collections.abc import Callable, Collection
from typing import Any

from django.db import Error

from celeriac.publishing import batch, claims, metrics
from celeriac.publishing.backoff import Backoff
from celeriac.publishing.batch import Batch
from celeriac.publishing.claims import Row
from celeriac.publishing.floor import Floor
from celeriac.publishing.listening import Database
from celeriac.publishing.nodes import BrokerAwayError, Nodes
from celeriac.publishing.pipeline import ConnectionLostError, Pipeline
from celeriac.publishing.signs import Signs
from celeriac.runtime import Publishing

logger = logging.getLogger(__name__)

BATCH_ROWS = 500
# The net under NOTIFY, which may be lost; with the look itself less than 100 ms.
POLL_SECONDS = 0.08
# Between two looks at how the outbox stands; longer when they take long.
MEASURE_SECONDS = 5.0
MEASURE_SHARE = 0.02
# How long SIGTERM lets a batch wait for its confirms.
STOP_SECONDS = 3.0


class Relay:
    """One thread, one database connection, one broker connection. `run` returns after `stop`."""

    def __init__(
        self, nodes: Nodes, publishing: Publishing, exchange: str, alias: str, signs: Signs
    ) -> None:
        """`exchange` is the application's for tasks, `alias` the outbox's database."""
        self._nodes = nodes
        self._publishing = publishing
        self._exchange = exchange
        self._database = Database(alias)
        self._signs = signs
        self._pipeline: Pipeline | None = None
        self._broker_backoff, self._database_backoff = Backoff(), Backoff()
        # Routing keys whose queue does not take messages now, while others do.
        self._resting: dict[str, Backoff] = {}
        self._floor = Floor()
        self._next_measure = 0.0
        self._stopping = False

    def stop(self) -> None:
        """End soon; for signal handlers."""
        self._stopping = True
        if self._pipeline:
            self._pipeline.hurry(STOP_SECONDS)
        self._database.wake()

    def run(self) -> None:
        """Relay until `stop`."""
        while not self._stopping:
            more = self._guarded(self._round)
            self._signs.give()
            if not more:
                self._guarded(self._wait)
        self._signs.stopping()
        if self._pipeline:
            self._pipeline.close()
        self._database.close()

    def _guarded(self, step: Callable[[], bool]) -> bool:
        """Run a step; without the database it is False, and the connection is made anew."""
        try:
            return step()
        except Error as error:
            self._signs.database.fails(str(error))
            self._database_backoff.failed()
            self._database.close()
            return False

    def _wait(self) -> bool:
        self._database.wait(POLL_SECONDS)
        return False

    def _round(self) -> bool:
        """Do what can be done now; return whether there is more to do at once."""
        if not self._database_backoff.over:
            return False
        self._database.ensure()
        self._measure()
        self._signs.serving()
        pipeline = self._usable_pipeline()
        more = pipeline is not None and self._relay(pipeline)
        self._database_backoff.succeeded()
        return more

    def _measure(self) -> None:
        since = time.monotonic()
        if since < self._next_measure:
            return
        try:
            with self._database.transaction() as cursor:
                self._signs.standing = metrics.measure(cursor)
        finally:
            # After one that took too long, too: the next round would begin with it again.
            now = time.monotonic()
            self._next_measure = now + max(MEASURE_SECONDS, (now - since) / MEASURE_SHARE)

    # The broker

    def _usable_pipeline(self) -> Pipeline | None:
        """Return the connection, made where there is none; None while the broker takes nothing."""
        pipeline = self._pipeline or self._connect()
        if pipeline is None:
            return None
        try:
            pipeline.tend()
        except ConnectionLostError as error:
            self._broker_failed(str(error))
            return None
        if late := pipeline.late_confirmed():
            with self._database.transaction() as cursor:
                claims.delete(cursor, [message.token for message in late])
            self._signs.counters.confirmed += len(late)
        if pipeline.blocked:
            self._signs.broker.fails("it takes nothing: memory or disk alarm")
            return None
        self._signs.broker.works()
        return pipeline

    def _connect(self) -> Pipeline | None:
        if not self._broker_backoff.over:
            return None
        try:
            connection = self._nodes.connect(self._signs.alive)
            self._pipeline = Pipeline(connection, on_wait=self._signs.alive)
        except (BrokerAwayError, ConnectionLostError) as error:
            self._broker_failed(str(error))
        return self._pipeline

    def _broker_failed(self, reason: str) -> None:
        self._pipeline = None
        self._nodes.next()
        self._broker_backoff.failed()
        self._signs.broker.fails(reason)

    # The rows

    def _relay(self, pipeline: Pipeline) -> bool:
        """Send one batch; return whether there may be more rows at once."""
        without = self._still_resting()
        rows: list[Row] = []
        try:
            with self._database.transaction() as cursor:
                rows = self._claim(cursor, without)
                if not rows:
                    return False
                sent = batch.send(rows, pipeline, self._publishing, self._exchange)
                batch.settle(cursor, sent)
        except Error:
            if rows:
                self._floor.back(rows[0].id - 1)
            raise
        self._count(sent)
        if pipeline.lost:
            self._broker_failed(pipeline.lost)
        if sent.left:
            self._floor.back(0)
        return len(rows) == BATCH_ROWS and not pipeline.lost

    def _claim(self, cursor: Any, without: Collection[str]) -> list[Row]:
        since = time.monotonic()
        above = self._floor.start()
        last_id = claims.last_id(cursor)
        try:
            rows = claims.claim(cursor, above=above, without=without, limit=BATCH_ROWS)
        finally:
            if above == 0:
                self._floor.swept(time.monotonic() - since)
        if len(rows) < BATCH_ROWS:
            self._forget_rested({row.routing_key for row in rows} | {*without})
        self._floor.claimed(rows[-1].id if len(rows) == BATCH_ROWS else last_id)
        return rows

    def _still_resting(self) -> list[str]:
        """Return the keys to leave alone; the rows of others have been passed over."""
        resting = [key for key, rest in self._resting.items() if not rest.over]
        if len(resting) < len(self._resting):
            self._floor.back(0)
        return resting

    def _forget_rested(self, seen: Collection[str]) -> None:
        """Forget keys without a row: another relay has sent them, or they were dropped."""
        for key in self._resting.keys() - seen:
            del self._resting[key]

    def _count(self, sent: Batch) -> None:
        counters = self._signs.counters
        counters.confirmed += len(sent.confirmed)
        counters.parked += len(sent.parked)
        counters.doubtful += sent.doubtful
        for row_id, reason in sent.parked.items():
            logger.error("message %d is parked: %s", row_id, reason)
        for key in sent.served - sent.resting.keys():
            if self._resting.pop(key, None):
                logger.info("queue %s takes messages again", key)
        for key, reason in sent.resting.items():
            if key not in self._resting:
                logger.warning("queue %s takes no messages, they wait: %s", key, reason)
            self._resting.setdefault(key, Backoff()).failed()
