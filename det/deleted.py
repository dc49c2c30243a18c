"""How long what was deleted can be restored, and how that is said."""

from __future__ import annotations

import datetime

from django.utils import timezone

from det.models import Record

RESTORE_DAYS = 30
"""How long a deleted record can be restored; afterwards it is removed for good."""


def restorable_since() -> datetime.datetime:
    """What was deleted before this moment cannot be restored any more."""
    return timezone.now() - datetime.timedelta(days=RESTORE_DAYS)


def is_restorable(record: Record) -> bool:
    """Whether a deleted record can be restored still."""
    return record.deleted_at is not None and record.deleted_at >= restorable_since()


def uppermost_deleted(record: Record) -> Record:
    """The record itself, or the uppermost of those above it that are deleted."""
    found = record
    above = record.parent
    while above is not None:
        if above.deleted_at is not None:
            found = above
        above = above.parent
    return found


def deleted_in_words(record: Record) -> str:
    """When and by whom a deleted record was deleted: `was deleted on 3 March 2026 by pat@example.org`."""
    return f"was deleted on {_day(record.deleted_at)} by {record.changed_by or 'somebody'}"


def restorable_in_words(record: Record) -> str:
    """The last day on which a deleted record can be restored, in full."""
    until = record.deleted_at and record.deleted_at + datetime.timedelta(days=RESTORE_DAYS)
    return _day(until)


def _day(moment: datetime.datetime | None) -> str:
    day = timezone.localdate(moment)
    return f"{day.day} {day:%B %Y}"
