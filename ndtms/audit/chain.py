"""Each event holds a hash of itself and of the one before it, so that a removed, changed or added row shows.

How the text of an event is made can never change: the hashes of all events that there are rest on it.
"""

import datetime
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

HASHED = (
    "previous",
    "at",
    "who",
    "agency",
    "region",
    "verb",
    "section",
    "record",
    "client",
    "address",
    "detail",
)
"""The fields that a hash is made of: all but the number of the row and the hash itself."""

LAST_HASH = {
    # Takes the lock of the chain first, and holds it until the transaction ends (migration 0003).
    "postgresql": "SELECT audit_last_hash()",
    # A transaction that writes is alone from its beginning: see "transaction_mode" in the settings.
    "sqlite": "SELECT hash FROM audit_auditevent ORDER BY id DESC LIMIT 1",
}
BATCH = 2000


def last_hash() -> str:
    """The hash of the last event, '' before the first. Nobody else adds one until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LAST_HASH[connection.vendor])
        row = cursor.fetchone()
    return row[0] if row else ""


def hash_of(values: Mapping[str, Any]) -> str:
    """SHA-256 of the text of an event: its fields as JSON, by name, the time in UTC."""
    at = values["at"].astimezone(datetime.UTC).isoformat(timespec="microseconds")
    fields = {**{name: values[name] for name in HASHED}, "at": at}
    text = json.dumps(fields, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def plain(detail: Any) -> Any:
    """The detail of an event as every database gives it back. Raises ValueError for what one might not."""
    text = json.dumps(detail or {}, allow_nan=False)
    if "\\u0000" in text:
        raise ValueError("the detail of an event holds a NUL character")
    return json.loads(text, parse_float=_refuse)


def _refuse(number: str) -> Any:
    # Databases write them each in its own way, and the hash would not be the same.
    raise ValueError(f"the detail of an event holds no fractions: {number}")


@dataclass
class Walk:
    """How far a chain is whole: the events that fit, the hash of the last of them, and what broke it."""

    events: int = 0
    last: str = ""
    broken: tuple[int, datetime.datetime] | None = None
    """Number and time of the first event that does not fit."""
    found: bool = False
    """Has the hash been met that was looked for?"""


def walk(events: models.QuerySet[Any], *, until: str = "") -> Walk:
    """Follows the chain from its first event, a batch in memory at a time."""
    result = Walk()
    for row in _rows(events):
        if row["previous"] != result.last or row["hash"] != hash_of(row):
            result.broken = (row["id"], row["at"])
            break
        result.events += 1
        result.last = row["hash"]
        result.found = result.found or result.last == until
    return result


def _rows(events: models.QuerySet[Any]) -> Iterator[dict[str, Any]]:
    rows = events.order_by("id").values("id", "hash", *HASHED)
    return iter(rows.iterator(chunk_size=BATCH))


def chain_existing(events: models.QuerySet[Any]) -> None:
    """Gives hashes to events that have none; only for the migration that brings the chain."""
    last, number = "", 0
    while batch := list(events.filter(id__gt=number).order_by("id").values("id", *HASHED)[:BATCH]):
        for row in batch:
            previous, number = last, row["id"]
            last = hash_of({**row, "previous": previous})
            events.filter(pk=number).update(previous=previous, hash=last)
