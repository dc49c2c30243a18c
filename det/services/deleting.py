"""Writes: deleting, restoring, and removing for good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from det.checking import hold, holding, recheck_with_others, sharing_attributor
from det.definition import core_dataset
from det.deleted import restorable_since, uppermost_deleted
from det.models import RECORDS, Agency, Client, Episode, Explanation, Finding, Record
from det.selectors import NotFound, User, as_opened, belongings, record_for, restorable
from det.services.arranging import Arranged, after_return, rearrange
from det.services.telling import tell


class ParentDeleted(Exception):
    """What a record belongs to is deleted too, and comes back first; `parent` is the uppermost that is deleted."""

    def __init__(self, parent: Record) -> None:
        super().__init__("its parent is deleted")
        self.parent = parent


class OtherBelongings(Exception):
    """With the record would go something else than the page said that asked."""


@holding
def delete_record(
    *, user: User, record: Record, opened: Mapping[str, str] | None = None
) -> Arranged:
    """Takes a record out of the caseload; it can be restored for 30 days, with all that belongs to it.

    `opened`: what goes with it, as the page said that asked (selectors.as_opened). Returns what is asked of the client
    no more, or again, because the record is gone. Raises NotFound where it is gone already, OtherBelongings where
    something else goes by now.
    """
    record = record_for(user, record.section, record.pk)
    if opened is not None and dict(opened) != as_opened(belongings(record)):
        raise OtherBelongings
    others = list(sharing_attributor(record.client))
    record.deleted_at = timezone.now()
    record.changed_by = user.email
    record.save(update_fields=["deleted_at", "changed_by"])
    tell(user, record, "deleted")
    arranged = rearrange(user, after_return(record))
    _after_removal(record, others)
    return arranged


def _after_removal(record: Record, others: list[Client]) -> None:
    if record.section == "client":
        Finding.objects.filter(client=record.pk).delete()
        if others:
            recheck_with_others(record.agency, others[0], others[1:])
    else:
        recheck_with_others(record.agency, record.client, others)


@holding
def restore_record(*, user: User, section: str, key: UUID) -> tuple[Record, Arranged]:
    """Brings a deleted record back; with what is asked no more, or again, of it, below it and of the client.

    Raises NotFound when it is not there or the 30 days are over, ParentDeleted when nobody could see it.
    """
    record = record_for(user, section, key, deleted=True)
    if not restorable(user, section).filter(pk=key).exists():
        raise NotFound
    above = uppermost_deleted(record)
    if above is not record:
        raise ParentDeleted(above)
    bring_back(user, record)
    arranged = rearrange(user, after_return(record))
    recheck_with_others(record.agency, record.client, [])
    return record, arranged


def bring_back(user: User, record: Record) -> None:
    """Restores a record for a caller that holds the agency and judges afterwards."""
    record.deleted_at = None
    record.changed_by = user.email
    record.save(update_fields=["deleted_at", "changed_by"])
    tell(user, record, "restored")


def remove_for_good() -> int:
    """Removes what was deleted more than 30 days ago, with all that belongs to it; returns how many records.

    Each is told of, without anything that was entered. Agency by agency, each in a transaction.
    """
    return sum(_remove_for_good(agency) for agency in Agency.objects.order_by("pk"))


@transaction.atomic
def _remove_for_good(agency: Agency) -> int:
    hold(agency)
    ended = Q(agency=agency, deleted_at__lt=restorable_since())
    clients = list(Client.objects.filter(ended))
    episodes = list(
        Episode.objects.filter(ended | Q(client__in=[c.pk for c in clients])).select_related(
            "client"
        )
    )
    gone: list[Record] = []
    for section in core_dataset().children:
        below = ended | Q(episode__in=[e.pk for e in episodes])
        model: Any = RECORDS[section]
        gone += model.objects.filter(below).select_related("episode__client")
    # Children first: nothing may be left that belongs to nothing.
    gone += [*episodes, *clients]
    Explanation.objects.filter(record__in=[record.pk for record in gone]).delete()
    for record in gone:
        record.agency = agency
        tell(None, record, "removed for good")
        RECORDS[record.section].objects.filter(pk=record.pk).delete()
    return len(gone)
