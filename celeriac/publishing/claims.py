"""Takes messages out of the outbox; several relays share the work."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from celeriac.publishing.message import COLUMNS, PARKED_TABLE, TABLE, Message

_NAMES = ", ".join(COLUMNS)
_KEPT = f"{_NAMES}, writer, created_at"
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the outbox. A message that cannot be read has `message` None and `fault` instead."""

    id: int
    routing_key: str
    writer: str
    message: Message | None
    fault: str = ""


def claim(cursor: Any, *, above: int, without: Collection[str], limit: int) -> list[Row]:
    """Lock and return the oldest rows that no other relay holds, until the transaction ends.

    above: rows with a lower or equal id are not looked at.
    without: routing keys that are left alone.
    """
    cursor.execute(
        f"SELECT id, writer, {_NAMES} FROM {TABLE} "  # noqa: S608 (names of ours)
        "WHERE id > %s AND routing_key <> ALL (%s) ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
        [above, list(without), limit],
    )
    return [_row(*values) for values in cursor.fetchall()]


def last_id(cursor: Any) -> int:
    """Return the highest id that was ever given to a row, committed or not."""
    cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {TABLE}_id_seq")  # noqa: S608
    found: int = cursor.fetchone()[0]
    return found


def delete(cursor: Any, ids: Sequence[int]) -> None:
    if ids:
        cursor.execute(f"DELETE FROM {TABLE} WHERE id = ANY (%s)", [list(ids)])  # noqa: S608


def park(cursor: Any, reasons: Mapping[int, str]) -> None:
    """Move rows to the parked messages, each with its reason."""
    if not reasons:
        return
    texts = [reason.replace("\0", "")[:_LONGEST_REASON] for reason in reasons.values()]
    cursor.execute(
        f"INSERT INTO {PARKED_TABLE} ({_KEPT}, reason) "  # noqa: S608
        f"SELECT {_KEPT}, given.reason FROM {TABLE} "
        "JOIN unnest(%s::bigint[], %s::text[]) AS given (id, reason) USING (id)",
        [list(reasons), texts],
    )
    delete(cursor, list(reasons))


def _row(row_id: int, writer: str, *values: Any) -> Row:
    columns = dict(zip(COLUMNS, values, strict=True))
    key = columns["routing_key"]
    try:
        # Both drivers hand JSON over as text, as Django asks them to.
        for name in ("headers", "properties"):
            columns[name] = json.loads(columns[name])
    except ValueError as error:
        return Row(row_id, key, writer, None, str(error))
    if not (isinstance(columns["headers"], dict) and isinstance(columns["properties"], dict)):
        return Row(row_id, key, writer, None, "its headers or properties are no JSON object")
    return Row(row_id, key, writer, Message(**columns | {"body": bytes(columns["body"])}))
