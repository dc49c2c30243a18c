"""Writes: adding and changing records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from django.core.exceptions import ValidationError

from det.answers import unticked
from det.checking import holding, recheck_with_others, sharing_attributor
from det.definition import core_dataset
from det.deleted import deleted_of, in_the_way, is_restorable, unseen_in_words
from det.models import RECORDS, Agency, Finding, Record, new_record
from det.presenters.words import title
from det.selectors import RELATED, User, record_for
from det.services.arranging import (
    NOTHING,
    Arranged,
    State,
    after_return,
    arrange,
    rearrange,
    resting_on,
    write,
)
from det.services.deleting import bring_back

OWNERS = ("agency", "client", "episode")
"""Set by the services themselves from records that were just read."""

DELETED = "deleted"
"""Code of the error that a deleted record, which can be restored, has the identifier."""


class Conflict(Exception):
    """Somebody else gave other answers to the same questions after this person opened the record.

    `record` is as it is now, `fields` are the items in dispute.
    """

    def __init__(self, record: Record, fields: Iterable[str]) -> None:
        super().__init__("changed by somebody else")
        self.record = record
        self.fields = frozenset(fields)


class Gone(Exception):
    """The record, or what it belongs to, was deleted after this person opened it: `records`, the topmost first."""

    def __init__(self, records: list[Record]) -> None:
        super().__init__("deleted by somebody else")
        self.records = records


@dataclass(frozen=True)
class Saved:
    """A record that was saved: whether anything changed, and what of it, and below it, the person did not type."""

    record: Record
    is_changed: bool
    arranged: Arranged = NOTHING
    findings: tuple[Finding, ...] = ()
    """What the rules find on its items, unless nothing has changed."""
    needs_way_back: bool = False
    """Whether an answer was set aside, or emptied, by a change that can be undone: not by adding, nor by restoring."""


def next_identifier(agency: Agency, section: str) -> str:
    """An identifier that no record of the agency, which the caller holds, has: the section's prefix and a number."""
    details = core_dataset().sections[section]
    taken = RECORDS[section].objects.filter(agency=agency)
    agency.refresh_from_db(fields=["last_number"])
    while True:
        agency.last_number += 1
        identifier = f"{details.id_prefix}{agency.last_number:06}"
        if not taken.filter(**{f"{details.id_field}__iexact": identifier}).exists():
            agency.save(update_fields=["last_number"])
            return identifier


@holding
def add_record(
    *,
    user: User,
    section: str,
    parent: Record | None,
    values: Mapping[str, str],
    page: str = "",
    restoring: bool = False,
) -> Saved:
    """Adds a client (no parent), an episode (of a client) or a record of an episode.

    `values`: field -> text as the extract writes it. A blank identifier is made by the tool. `page`: the form page that
    is saved. `restoring`: what it belongs to is restored first where that was deleted meanwhile; else Gone is raised.
    Raises ValidationError for an identifier that is taken, IntegrityError for what the form refuses first.
    """
    arranged = NOTHING
    if parent is not None:
        parent, arranged = _there(user, parent, restoring)
    saved = _save(user, new_record(user.agency, section, parent), values, "added", page)
    return replace(saved, arranged=arranged + saved.arranged)


@holding
def change_record(
    *,
    user: User,
    record: Record,
    values: Mapping[str, str],
    opened: Mapping[str, str] | None = None,
    page: str = "",
    restoring: bool = False,
) -> Saved:
    """Changes items of a record; `opened` holds the answers as they were when the person opened the page.

    What the person left as it was stays as it is now, whoever changed it meanwhile. Raises Conflict where both changed
    one answer (never without `opened`), Gone where it was deleted (unless `restoring`), otherwise as add_record.
    """
    record, arranged = _there(user, record, restoring)
    merged, disputed = merge(record, values, opened)
    if disputed:
        raise Conflict(record, disputed)
    saved = _save(user, record, merged, "changed", page)
    return replace(saved, arranged=arranged + saved.arranged)


def undoable(*, user: User, section: str, key: UUID, version: int) -> Record:
    """The record whose last save, which made it `version`, can be taken back.

    Raises Gone where it was deleted, Conflict where it was saved again since or was never changed.
    """
    record = record_for(user, section, key, deleted=True)
    gone = deleted_of(record)
    if gone:
        raise Gone(gone)
    if record.version != version or not record.before:
        raise Conflict(record, ())
    return record


@holding
def undo_change(*, user: User, section: str, key: UUID, version: int) -> Saved:
    """Takes back the last save of a record, which made it `version`. Raises as undoable and add_record."""
    record = undoable(user=user, section=section, key=key, version=version)
    return _save(user, record, record.before, "undone", "")


def merge(
    record: Record, typed: Mapping[str, str], opened: Mapping[str, str] | None
) -> tuple[dict[str, str], list[str]]:
    """What a person changes in a record as it is now, and the fields on which somebody else changed the same answer.

    Three ways, for each item: as the person opened it, as it was typed, as it is. An answer that was not opened,
    because the form is an old one, is in dispute wherever it differs. Items that a rule joins are one decision: where
    the person changes one of them, another that was left alone is in dispute if it is not any more as it was opened.
    """
    items = {item.field: item for item in core_dataset().items_of(record.section)}
    answers = record.answers()
    changed: dict[str, str] = {}
    disputed = []
    for field, now in answers.items():
        text = typed.get(field, now)
        base = now if opened is None else opened.get(field)
        # A box that nobody touched says no, whatever it said before.
        is_left_box = base == "" and text == unticked(items[field])
        if text in (now, base) or (is_left_box and now):
            continue
        if base != now:
            disputed.append(field)
        else:
            changed[field] = text
    decided = [*changed, *disputed]
    disputed += [
        field
        for field in core_dataset().joined_with(record.section, decided)
        if typed.get(field, answers[field]) != answers[field]
    ]
    return changed, disputed


def _there(user: User, record: Record, restoring: bool) -> tuple[Record, Arranged]:
    """The record as it is now; where it, or what it belongs to, was deleted: restored, if that is wanted, else Gone.

    With what is asked no more, or again, because of that.
    """
    record = record_for(user, record.section, record.pk, deleted=True)
    gone = deleted_of(record)
    if gone and not restoring:
        raise Gone(gone)
    if not gone:
        return record, NOTHING
    for one in gone:
        bring_back(user, one)
    arranged = rearrange(user, after_return(gone[0]))
    # What is saved afterwards may be nothing.
    recheck_with_others(record.agency, record.client, [])
    return record_for(user, record.section, record.pk), arranged


def _save(user: User, record: Record, values: Mapping[str, str], verb: str, page: str) -> Saved:
    client = record.client
    is_new = not record.version
    before = list(sharing_attributor(client)) if record.section == "client" and not is_new else []
    id_field = core_dataset().sections[record.section].id_field
    if is_new and not values.get(id_field):
        values = {**values, id_field: next_identifier(record.agency, record.section)}
    old = State(record)
    # Whoever takes a change back wants what was there, be it nothing.
    arranged = arrange(record, values, fills=verb != "undone")
    changed = old.changed(record)
    is_first = bool(page) and page not in record.saved_pages
    if is_first:
        record.saved_pages = [*record.saved_pages, page]
    if not changed:
        if is_first:
            record.save(update_fields=["saved_pages"])
        return Saved(record, is_changed=False)
    # The check constraints are the database's own; asking it about each beforehand would be a query each.
    record.full_clean(exclude=OWNERS, validate_constraints=False)
    if id_field in changed:
        _refuse_taken_identifier(record, id_field)
    write(user, record, old, changed, verb)
    arranged += rearrange(user, resting_on(record, changed))
    found = recheck_with_others(record.agency, client, before)
    return Saved(
        record,
        is_changed=True,
        arranged=arranged,
        findings=tuple(finding for finding in found if finding.record == record.pk),
        needs_way_back=bool(record.before and (arranged.set_aside or arranged.emptied)),
    )


def _refuse_taken_identifier(record: Record, id_field: str) -> None:
    """Raises ValidationError when another record of the agency, be it deleted, has the identifier, or when it is blank.

    Capital and small letters are the same: the next system may not tell them apart. Where that record, or what it
    belongs to, is deleted, the error's code is DELETED, and its params are section, key and name of what to restore.
    """
    if not record.identifier:
        question = core_dataset().by_name[f"{record.section}.{id_field}"].question
        message = f"Enter the {question}. NDTMS knows the record by it, so it cannot be taken away."
        raise ValidationError({id_field: message})
    others = RECORDS[record.section].objects.filter(agency=record.agency).exclude(pk=record.pk)
    same = others.filter(**{f"{id_field}__iexact": record.identifier})
    taken = same.select_related(*RELATED[record.section]).first()
    if taken is not None:
        raise ValidationError({id_field: _taken(taken)})


def _taken(holder: Record) -> ValidationError:
    gone = in_the_way(holder)
    if gone is None:
        return ValidationError(
            f"{title(holder)} is already there. Give another identifier, or leave it blank."
        )
    said = unseen_in_words(holder, gone, title(holder))
    if not is_restorable(gone):
        return ValidationError(f"{said}, and cannot be restored any more. Give another identifier.")
    it = "it" if gone.pk == holder.pk else "that"
    message = f"{said}: restore {it}, or give another identifier."
    # What has params is a format.
    return ValidationError(
        message.replace("%", "%%"),
        code=DELETED,
        params={"section": gone.section, "key": gone.pk, "name": title(gone)},
    )
