"""Writes: deleting and restoring."""

from __future__ import annotations

import datetime
from uuid import UUID

from django.utils import timezone

from det.checking import holding, recheck_with_others, sharing_attributor
from det.models import Client, Finding, Record
from det.selectors import NotFound, User, record_for
from det.services.telling import tell

RESTORE_DAYS = 30


@holding
def delete_record(*, user: User, record: Record) -> None:
    """Takes a record out of the caseload; it can be restored for 30 days, with all that belongs to it."""
    others = list(sharing_attributor(record.client))
    record.deleted_at = timezone.now()
    record.changed_by = user.email
    record.save(update_fields=["deleted_at", "changed_by"])
    _after_removal(record, others)
    tell(user, record, "deleted")


def _after_removal(record: Record, others: list[Client]) -> None:
    if record.section == "client":
        Finding.objects.filter(client=record.pk).delete()
        if others:
            recheck_with_others(record.agency, others[0], others[1:])
    else:
        recheck_with_others(record.agency, record.client, others)


@holding
def restore_record(*, user: User, section: str, key: UUID) -> Record:
    """Brings a deleted record back. Raises NotFound when it is not there or the 30 days are over."""
    record = record_for(user, section, key, deleted=True)
    if record.deleted_at is None or record.deleted_at < timezone.now() - datetime.timedelta(
        days=RESTORE_DAYS
    ):
        raise NotFound
    record.deleted_at = None
    record.save(update_fields=["deleted_at"])
    recheck_with_others(record.agency, record.client, [])
    tell(user, record, "restored")
    return record


def bring_back(user: User, record: Record) -> None:
    """Restores a record for a caller that holds the agency and judges afterwards."""
    record.deleted_at = None
    record.save(update_fields=["deleted_at"])
    tell(user, record, "restored")
