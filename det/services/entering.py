"""Writes: adding and changing records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from det.asked import inapplicable
from det.checking import recheck_with_others, sharing_attributor
from det.definition import core_dataset
from det.models import RECORDS, Agency, Client, Episode, Record
from det.selectors import NotFound, User, record_for
from det.services.telling import tell
from det.values import stored_value
from validation.dataset import DataItem

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
    record: Any = RECORDS[section](agency=user.agency, version=0)
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
    recheck_with_others(record.agency, client, before)
    detail = {"items": sorted(f for f, text in record.values().items() if text != old.get(f, ""))}
    tell(user, record, verb, detail)
    return Saved(record, cleared)


def _refuse_taken_identifier(record: Record, id_field: str) -> None:
    """Raises ValidationError when another record of the agency, be it deleted, has the identifier."""
    others = RECORDS[record.section].objects.filter(agency=record.agency).exclude(pk=record.pk)
    if others.filter(**{id_field: record.identifier}).exists():
        title = core_dataset().sections[record.section].title
        message = f"{title} {record.identifier} is already there. Give another identifier, or leave it blank."
        raise ValidationError({id_field: message})
