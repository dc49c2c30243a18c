"""Of which agencies the database lets this connection see and change records: PostgreSQL's row-level security.

The selectors and services keep the bounds; here the database keeps the same ones once more, so that a forgotten filter
shows nothing. The policies (migration 0003) ask two settings of the session: `ndtms.scope`, where "all" is
everything, and `ndtms.agencies`, the keys of agencies. Where neither is set there are no rows.

Whoever answers visitors sees nothing until a middleware says whose records a request is about, and nothing again after
it: so a response must be complete by then, and never read records while it is sent. Commands and tests see all. Other
databases know no such thing, and nothing is asked of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import DatabaseError, connection

ALL = ("all", "")
NOTHING = ("", "")
SET = "SELECT set_config('ndtms.scope', %s, false), set_config('ndtms.agencies', %s, false)"

_of_process = ALL
_current: ContextVar[tuple[str, str] | None] = ContextVar("scope", default=None)


def answer_visitors() -> None:
    """From now on this process sees no records but those of the agencies that each request is about."""
    global _of_process
    _of_process = NOTHING


def apply_to_new(connection: Any, **kwargs: Any) -> None:
    """Receiver of connection_created."""
    if connection.vendor == "postgresql":
        _set(connection, _current.get() or _of_process)


@contextmanager
def limited_to(agencies: Iterable[int]) -> Iterator[None]:
    """Inside, there are only the records of these agencies (by key); afterwards it is as it was before."""
    if connection.vendor != "postgresql":
        yield
        return
    before = _current.get()
    scope = ("", "{" + ",".join(str(int(key)) for key in agencies) + "}")
    _set(connection, scope)
    token = _current.set(scope)
    try:
        yield
    finally:
        _current.reset(token)
        _back_to(before or _of_process)


def _back_to(scope: tuple[str, str]) -> None:
    if connection.needs_rollback:
        return  # A transaction that began before is about to be undone, and what was set in it with it.
    try:
        _set(connection, scope)
    except DatabaseError:
        # Better no connection than one that sees what the next visitor must not.
        connection.close()


def _set(connection: Any, scope: tuple[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SET, scope)
