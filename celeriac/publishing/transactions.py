"""Which transaction a task is published in, as Django knows it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction


def is_open(alias: str) -> bool:
    """Whether what is written now can still be rolled back.

    The block that Django's TestCase puts around a test does not count: code under test is to
    behave as it does without it.
    """
    connection = connections[alias]
    if connection.in_atomic_block:
        return any(not block._from_testcase for block in connection.atomic_blocks)
    return connection.connection is not None and not connection.autocommit


def innermost(alias: str) -> object | None:
    """The innermost open atomic block, to be compared by identity."""
    blocks = connections[alias].atomic_blocks
    return blocks[-1] if blocks else None


def others_open(alias: str) -> list[str]:
    """The aliases of other databases that are in a transaction where this one is in none."""
    if is_open(alias):
        return []
    return [
        connection.alias
        for connection in connections.all(initialized_only=True)
        if connection.alias != alias and is_open(connection.alias)
    ]


def after_commit(alias: str, call: Callable[[], None]) -> None:
    """Call once after the commit, however often this is asked for in one transaction.

    At once where no transaction is open; never in one that the application commits by hand,
    because Django has no hook there.
    """
    connection = connections[alias]
    if not connection.in_atomic_block:
        if connection.autocommit:
            call()
    elif all(known != call for _, known, *_ in connection.run_on_commit):
        transaction.on_commit(call, using=alias)


@contextmanager
def independent(alias: str) -> Iterator[None]:
    """Let this thread use another connection, whose writes stay when the open transaction fails.

    Without an open transaction the usual connection does. What is written here must not wait
    for rows that the open transaction has locked: nobody would end that wait.
    """
    if not is_open(alias):
        yield
        return
    usual: Any = connections[alias]
    own = usual.copy()
    connections[alias] = own
    try:
        yield
    finally:
        connections[alias] = usual
        own.close()
