"""Writes: what is noted of changes and views, for the audit."""

from __future__ import annotations

from collections.abc import Mapping

from det.models import Agency, Client, Record
from det.selectors import User
from det.signals import changed


def tell(
    user: User | None, record: Record, verb: str, detail: Mapping[str, object] | None = None
) -> None:
    """Notes that somebody (None: a command) did something to a record."""
    changed.send(
        sender=type(record),
        user=user,
        agency=record.agency.code,
        verb=verb,
        section=record.section,
        record=record.pk,
        client=record.client.pk,
        detail=detail or {},
    )


def tell_done(*, agency: Agency, verb: str, **detail: int | str | dict[str, int]) -> None:
    """Notes that a command did something to an agency's records as a whole."""
    changed.send(sender=Agency, user=None, agency=agency.code, verb=verb, detail=detail)


def tell_viewed(*, user: User, client: Client) -> None:
    """Notes that somebody looked at a client."""
    tell(user, client, "viewed")
