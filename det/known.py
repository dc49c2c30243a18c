"""Answers that the tool knows, so that nobody has to give them (`derived_from` in data_items.csv)."""

from __future__ import annotations

from collections.abc import Mapping

from det import TOOL
from det.asked import truths
from det.dates import read_date
from det.definition import core_dataset
from det.models import Episode, Intervention, Record
from validation.dataset import DataItem


def known(record: Record, texts: Mapping[str, str]) -> dict[str, str]:
    """Field -> answer that the tool fills in, of what the record's dataset collects.

    `texts`: the record's answers as they are about to be saved; `record` still holds the old ones. What is blank is
    filled in, and what was filled in from an answer that has changed follows it; nothing else is touched.
    """
    items = [
        item
        for item in core_dataset().items_of(record.section, record.agency.dataset)
        if item.derived_from is not None
    ]
    derived = {**_derived(items, texts), **_after_treatment(items, record, texts)}
    before = _derived(items, record.values()) if record.version else {}
    return {
        field: answer
        for field, answer in derived.items()
        if texts.get(field, "") != answer
        and (not texts.get(field) or _followed(field, record, texts, before))
    }


def _after_treatment(
    items: list[DataItem], record: Record, texts: Mapping[str, str]
) -> dict[str, str]:
    """Field -> answer that follows, where there is none yet, from a treatment in another episode of the client.

    It has to have begun before the record's own day.
    """
    blank = [
        item
        for item in items
        if item.derived_from and item.derived_from.after_treatment and not texts.get(item.field)
    ]
    if not blank or not isinstance(record, Episode) or record.client_id is None:
        return {}
    treatments = Intervention.live.filter(
        episode__client=record.client_id, episode__deleted_at=None, start_date__isnull=False
    ).exclude(episode=record.pk)
    day = read_date(texts.get(core_dataset().sections[record.section].date_field, ""))
    if day is None or not treatments.filter(start_date__lt=day).exists():
        return {}
    return {item.field: _answer(item, texts) for item in blank}


def _followed(
    field: str, record: Record, texts: Mapping[str, str], before: Mapping[str, str]
) -> bool:
    """True when the answer is the one that the tool would have given before, and is not being changed."""
    return texts[field] == record.value(field) == before.get(field)


def _derived(items: list[DataItem], texts: Mapping[str, str]) -> dict[str, str]:
    """Field -> answer that follows from the record's other answers, of the items of which it is known."""
    conditions = {
        item.field: (item.derived_from.condition, item)
        for item in items
        if item.derived_from and item.derived_from.condition
    }
    holds = truths(conditions, texts)
    answers = {
        item.field: _answer(item, texts)
        for item in items
        if holds.get(item.field, True)
        and not (item.derived_from and item.derived_from.after_treatment)
    }
    return {field: answer for field, answer in answers.items() if answer}


def _answer(item: DataItem, texts: Mapping[str, str]) -> str:
    derived = item.derived_from
    if derived is None:
        return ""
    if derived.tool:
        return TOOL
    definition = core_dataset()
    if derived.lies_in:
        source = definition.by_name[f"{item.record}.{derived.lies_in}"]
        code = definition.lists[source.reference_list].codes.get(texts.get(source.field, ""))
        return code.parent if code else ""
    if item.reference_list:
        return definition.meaning(item.reference_list, derived.answer)[0]
    return derived.answer
