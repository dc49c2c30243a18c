"""What follows in a record from its answers and from those above it: what is filled in, set aside, taken back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from det.asked import AGE_FROM, inapplicable, rests_on
from det.definition import core_dataset
from det.known import known
from det.models import RECORDS, Client, Record
from det.selectors import User
from det.services.telling import tell
from det.values import stored_value
from validation.dataset import DataItem


@dataclass(frozen=True)
class Arranged:
    """What of a save the person did not type."""

    set_aside: tuple[DataItem, ...] = ()
    """Items that are not asked any more."""
    back: tuple[DataItem, ...] = ()
    """Items that are asked again."""
    filled: tuple[DataItem, ...] = ()
    """Items whose answers the tool knew."""
    emptied: tuple[DataItem, ...] = ()
    """Items whose answers the tool had known, before an answer changed from which they came."""

    def __add__(self, other: Arranged) -> Arranged:
        return Arranged(
            self.set_aside + other.set_aside,
            self.back + other.back,
            self.filled + other.filled,
            self.emptied + other.emptied,
        )


NOTHING = Arranged()


class State:
    """The answers of a record before a save; a new record has none."""

    def __init__(self, record: Record) -> None:
        is_new = not record.version
        self.values = dict.fromkeys(record.values(), "") if is_new else record.values()
        self.set_aside = record.set_aside
        self.answers = dict.fromkeys(self.values, "") if is_new else record.answers()

    def changed(self, record: Record) -> set[str]:
        """The fields that hold something else now, or stand aside, or do not any more."""
        return {
            field
            for field, text in record.values().items()
            if (text, record.set_aside.get(field))
            != (self.values[field], self.set_aside.get(field))
        }


def arrange(record: Record, values: Mapping[str, str], *, fills: bool = True) -> Arranged:
    """Gives the record the values and what follows from them, sets aside what is not asked any more, and takes back
    what is asked again."""
    items = {item.field: item for item in core_dataset().items_of(record.section)}
    stored = record.values()
    aside = {f: t for f, t in record.set_aside.items() if not stored[f] and f not in values}
    texts = {**stored, **aside, **values}
    filled = known(record, texts) if fills else {}
    texts |= filled
    unasked = inapplicable(record, texts)
    record.set_aside = {item.field: texts[item.field] for item in unasked}
    texts |= dict.fromkeys(record.set_aside, "")
    record.set_values({field: stored_value(items[field], text) for field, text in texts.items()})
    return Arranged(
        set_aside=tuple(item for item in unasked if item.field not in aside),
        back=tuple(items[field] for field in aside if texts[field]),
        filled=tuple(items[field] for field in filled if texts[field]),
        emptied=tuple(items[field] for field, text in filled.items() if not text),
    )


def write(user: User, record: Record, old: State, changed: Iterable[str], verb: str) -> None:
    fields = sorted(changed)
    record.before = {field: old.answers[field] for field in fields} if record.version else {}
    record.version += 1
    record.changed_at = timezone.now()
    record.changed_by = user.email
    record.save()
    tell(user, record, verb, {"items": fields})


def rearrange(user: User, records: Iterable[Record]) -> Arranged:
    """Sets aside, or takes back, what is asked of records that nobody opened, after a change of what they rest on."""
    arranged = NOTHING
    for record in records:
        old = State(record)
        arranged += arrange(record, {}, fills=False)
        changed = old.changed(record)
        if changed:
            write(user, record, old, changed, "changed")
    return arranged


def resting_on(record: Record, changed: set[str]) -> Iterator[Record]:
    """The client's other records some of whose questions are asked because of the answers that have changed."""
    for section in RECORDS:
        if changed & rests_on(section):
            yield from _below(record, section)
    if AGE_FROM in {f"{record.section}.{field}" for field in changed}:
        yield _client_of(record)


def after_return(record: Record) -> Iterator[Record]:
    """All records whose questions may be asked, or not, because the record was deleted or has come back.

    Those above come first. The record is one of them: what it rests on may have changed while it was away.
    """
    if record.section == AGE_FROM.partition(".")[0]:
        yield _client_of(record)
    if record.deleted_at is None:
        yield record
        for section in RECORDS:
            yield from _below(record, section)


def _client_of(record: Record) -> Client:
    return Client.objects.select_related("agency").get(pk=record.client.pk)


def _below(record: Record, section: str) -> QuerySet[Any]:
    """The live records of a section that belong to the record."""
    model: Any = RECORDS[section]
    path = {"client": "episode__client", "episode": "episode"}.get(record.section)
    if path is None or section in ("client", record.section):
        return model.objects.none()
    if section == "episode":
        return model.live.filter(client=record.pk).select_related("agency", "client")
    return model.live.filter(**{path: record.pk}, episode__deleted_at=None).select_related(
        "agency", "episode__client"
    )
