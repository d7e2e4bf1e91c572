"""Answers 503 within a second while PostgreSQL is away, however it is away.

A server that is down refuses at once. One that is frozen or cut off says nothing, for which libpq
has no limit: `connect_timeout` is at least two seconds and there is none for a query. So psycopg2
waits here, until the request's patience is used up.
"""

import logging
import select
import time
from contextvars import ContextVar

import psycopg2
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from psycopg2 import extensions

# Seconds that a request waits for PostgreSQL, all its statements together.
PATIENCE = 0.75

logger = logging.getLogger(__name__)
_left: ContextVar[float] = ContextVar("left", default=PATIENCE)


class PatienceMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response
        extensions.set_wait_callback(wait)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        _left.set(PATIENCE)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OperationalError | InterfaceError):
            return None
        logger.error("%s: the database is away: %s", request.path, error)
        return JsonResponse({"detail": "The database is away; nothing was accepted."}, status=503)


def wait(connection) -> None:
    """Wait for the connection's server; raise psycopg2's OperationalError when time is up."""
    since, left = time.monotonic(), _left.get()
    try:
        while (state := connection.poll()) != extensions.POLL_OK:
            reads = [connection] if state == extensions.POLL_READ else []
            writes = [connection] if state == extensions.POLL_WRITE else []
            seconds = max(0.0, since + left - time.monotonic())
            if select.select(reads, writes, [], seconds) == ([], [], []):
                raise psycopg2.OperationalError("the server did not answer in time")
    finally:
        _left.set(left - (time.monotonic() - since))
