"""How long what was deleted can be restored, and how that is said."""

from __future__ import annotations

import datetime

from django.utils import timezone

from det.models import Record
from det.presenters.words import title

RESTORE_DAYS = 30
"""How long a deleted record can be restored; afterwards it is removed for good."""


def restorable_since() -> datetime.datetime:
    """What was deleted before this moment cannot be restored any more."""
    return timezone.now() - datetime.timedelta(days=RESTORE_DAYS)


def is_restorable(record: Record) -> bool:
    """Whether a deleted record can be restored still."""
    return record.deleted_at is not None and record.deleted_at >= restorable_since()


def deleted_of(record: Record) -> list[Record]:
    """What is deleted of the record and what it belongs to, the uppermost first."""
    return [one for one in (*reversed(record.owners), record) if one.deleted_at is not None]


def uppermost_deleted(record: Record) -> Record:
    """The record itself, or the uppermost of those above it that are deleted."""
    return next(iter(deleted_of(record)), record)


def in_the_way(record: Record) -> Record | None:
    """What is deleted, the record or what it belongs to, so that nobody sees the record; None where it is seen.

    One that cannot be restored any more, else the uppermost, which comes back first.
    """
    return min(deleted_of(record), key=is_restorable, default=None)


def deleted_in_words(record: Record) -> str:
    """When and by whom a deleted record was deleted: `was deleted on 3 March 2026 by pat@example.org`."""
    return f"was deleted on {_day(record.deleted_at)} by {record.changed_by or 'somebody'}"


def unseen_in_words(record: Record, gone: Record, name: str) -> str:
    """Why nobody sees a record, called `name`: it was deleted, or belongs to what was, `gone`, the one in the way."""
    said = deleted_in_words(gone)
    return (
        f"{name} {said}"
        if gone.pk == record.pk
        else f"{name} belongs to {title(gone)}, which {said}"
    )


def restorable_in_words(record: Record) -> str:
    """The last day on which a deleted record can be restored, in full."""
    until = record.deleted_at and record.deleted_at + datetime.timedelta(days=RESTORE_DAYS)
    return _day(until)


def _day(moment: datetime.datetime | None) -> str:
    day = timezone.localdate(moment)
    return f"{day.day} {day:%B %Y}"
