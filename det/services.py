"""Writes. One function, one transaction: full_clean, save, rules, audit."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from det.asked import inapplicable
from det.checking import recheck, sharing_attributor
from det.definition import core_dataset
from det.models import RECORDS, Agency, Client, Episode, Explanation, Finding, Record
from det.selectors import NotFound, User, record_for
from det.signals import changed
from det.values import stored_value
from validation.dataset import DataItem

RESTORE_DAYS = 30
OWNERS = ("agency", "client", "episode")
"""Set by the services themselves from records that were just read."""


class Conflict(Exception):
    """Somebody else saved the record after this person opened it; `record` is as it is now."""

    def __init__(self, record: Record) -> None:
        super().__init__("changed by somebody else")
        self.record = record


@dataclass(frozen=True)
class Saved:
    """A record that was saved, and the items whose answers were cleared because they are no longer asked."""

    record: Record
    cleared: tuple[DataItem, ...]


def next_identifier(agency: Agency, section: str) -> str:
    """An identifier that no record of the agency's has: the section's prefix and a number."""
    details = core_dataset().sections[section]
    taken = RECORDS[section].objects.filter(agency=agency)
    agency = Agency.objects.select_for_update().get(pk=agency.pk)
    while True:
        agency.last_number += 1
        identifier = f"{details.id_prefix}{agency.last_number:06}"
        if not taken.filter(**{details.id_field: identifier}).exists():
            agency.save(update_fields=["last_number"])
            return identifier


@transaction.atomic
def add_record(
    *, user: User, section: str, parent: Record | None, values: Mapping[str, str]
) -> Saved:
    """Adds a client (no parent), an episode (of a client) or a record of an episode.

    `values`: field -> text as the extract writes it. A blank identifier is made by the tool.
    Raises ValidationError for an identifier that is taken, IntegrityError for what the form refuses first.
    """
    record = RECORDS[section](agency=user.agency, version=0)
    if isinstance(parent, Client):
        record.client = parent
    elif isinstance(parent, Episode):
        record.episode = parent
    return _save(user, record, values, "added")


@transaction.atomic
def change_record(*, user: User, record: Record, values: Mapping[str, str], version: int) -> Saved:
    """Changes items of a record that the person opened at `version`.

    Raises Conflict when it has been saved since, otherwise as add_record.
    """
    found = RECORDS[record.section].live.select_for_update().filter(pk=record.pk)
    saved_version = found.values_list("version", flat=True).first()
    if saved_version is None:
        raise NotFound
    if saved_version != record.version:
        record = record_for(user, record.section, record.pk)
    if saved_version != version:
        raise Conflict(record)
    return _save(user, record, values, "changed")


def _save(user: User, record: Record, values: Mapping[str, str], verb: str) -> Saved:
    definition = core_dataset()
    client = record.client
    before = (
        list(sharing_attributor(client)) if record.section == "client" and record.version else []
    )
    old = record.values() if record.version else {}
    items = {item.field: item for item in definition.items_of(record.section)}
    texts = {**record.values(), **values}
    id_field = definition.sections[record.section].id_field
    if not texts[id_field]:
        texts[id_field] = next_identifier(record.agency, record.section)
    cleared = inapplicable(record, texts)
    texts |= dict.fromkeys((item.field for item in cleared), "")
    record.set_values({field: stored_value(items[field], text) for field, text in texts.items()})
    record.version += 1
    record.changed_at = timezone.now()
    record.changed_by = user.email
    # The check constraints are the database's own; asking it about each beforehand would be a query each.
    record.full_clean(exclude=OWNERS, validate_constraints=False)
    if record.identifier != old.get(id_field):
        _refuse_taken_identifier(record, id_field)
    record.save()
    _recheck_with_others(record.agency, client, before)
    detail = {"items": sorted(f for f, text in record.values().items() if text != old.get(f, ""))}
    _tell(user, record, verb, detail)
    return Saved(record, cleared)


def _refuse_taken_identifier(record: Record, id_field: str) -> None:
    """Raises ValidationError when another record of the agency, be it deleted, has the identifier."""
    others = RECORDS[record.section].objects.filter(agency=record.agency).exclude(pk=record.pk)
    if others.filter(**{id_field: record.identifier}).exists():
        title = core_dataset().sections[record.section].title
        message = f"{title} {record.identifier} is already there. Give another identifier, or leave it blank."
        raise ValidationError({id_field: message})


def _recheck_with_others(agency: Agency, client: Client, before: list[Client]) -> None:
    """Judges the client anew, and those with whom it shares, or shared, an attributor."""
    affected = {c.pk: c for c in [client, *before]}
    for member in list(affected.values()):
        affected |= {other.pk: other for other in sharing_attributor(member)}
    recheck(agency, [c for c in affected.values() if c.deleted_at is None])


def _tell(
    user: User, record: Record, verb: str, detail: Mapping[str, object] | None = None
) -> None:
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


def tell_done(*, agency: Agency, verb: str, **detail: int | str) -> None:
    """Notes that a command did something to an agency's records as a whole."""
    changed.send(sender=Agency, user=None, agency=agency.code, verb=verb, detail=detail)


def tell_viewed(*, user: User, client: Client) -> None:
    """Notes that somebody looked at a client."""
    _tell(user, client, "viewed")


@transaction.atomic
def delete_record(*, user: User, record: Record) -> None:
    """Takes a record out of the caseload; it can be restored for 30 days, with all that belongs to it."""
    others = list(sharing_attributor(record.client))
    record.deleted_at = timezone.now()
    record.changed_by = user.email
    record.save(update_fields=["deleted_at", "changed_by"])
    _after_removal(record, others)
    _tell(user, record, "deleted")


def _after_removal(record: Record, others: list[Client]) -> None:
    if record.section == "client":
        Finding.objects.filter(client=record.pk).delete()
        if others:
            _recheck_with_others(record.agency, others[0], others[1:])
    else:
        _recheck_with_others(record.agency, record.client, others)


@transaction.atomic
def restore_record(*, user: User, section: str, key: UUID) -> Record:
    """Brings a deleted record back. Raises NotFound when it is not there or the 30 days are over."""
    record = record_for(user, section, key, deleted=True)
    if record.deleted_at is None or record.deleted_at < timezone.now() - datetime.timedelta(
        days=RESTORE_DAYS
    ):
        raise NotFound
    record.deleted_at = None
    record.save(update_fields=["deleted_at"])
    _recheck_with_others(record.agency, record.client, [])
    _tell(user, record, "restored")
    return record


@transaction.atomic
def explain(*, user: User, finding: Finding, text: str) -> None:
    """Explains a warning. The explanation holds until a value that the warning rests on changes."""
    if finding.severity != "warning":
        raise ValueError("only a warning can be explained")
    Explanation.objects.update_or_create(
        client=finding.client,
        rule=finding.rule,
        part=finding.part,
        record=finding.record,
        item=finding.item,
        defaults={
            "basis": finding.basis,
            "text": text,
            "explained_by": user.email,
            "explained_at": timezone.now(),
        },
    )
    finding.explained = True
    finding.save(update_fields=["explained"])
    _tell(user, finding.client, "explained", {"rule": finding.rule, "item": finding.item})


@transaction.atomic
def withdraw_explanation(*, user: User, finding: Finding) -> None:
    """Takes an explanation back; the warning counts again."""
    Explanation.objects.filter(
        client=finding.client,
        rule=finding.rule,
        part=finding.part,
        record=finding.record,
        item=finding.item,
    ).delete()
    finding.explained = False
    finding.save(update_fields=["explained"])
    _tell(user, finding.client, "explanation withdrawn", {"rule": finding.rule})


def add_agency(*, code: str, name: str, dataset: str, **about: Any) -> Agency:
    """Adds an agency; `about`: provider, region, local_authority, opened_on, closed_on.

    Raises ValidationError for a code that is taken or malformed, and for what the definition does not have.
    """
    agency = Agency(code=code, name=name, dataset=dataset, **about)
    agency.full_clean()
    agency.save()
    return agency
