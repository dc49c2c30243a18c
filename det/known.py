"""Answers that the tool knows, so that nobody has to give them (`derived_from` in data_items.csv)."""

from __future__ import annotations

from collections.abc import Mapping

from det import TOOL
from det.asked import truths
from det.dates import read_date
from det.definition import core_dataset
from det.models import Episode, Intervention, Record
from validation.dataset import DataItem
from validation.dataset.objects import Derivation

Derived = list[tuple[DataItem, Derivation]]
"""Items whose answers the tool may know, each with how it knows."""


def known(record: Record, texts: Mapping[str, str]) -> dict[str, str]:
    """Field -> answer that the tool fills in, of what the record's dataset collects.

    `texts`: the record's answers as they are about to be saved; `record` still holds the old ones. What is blank is
    filled in, and what was filled in from an answer that has changed follows it, be it to a blank; nothing else is
    touched.
    """
    items = [
        (item, item.derived_from)
        for item in core_dataset().items_of(record.section, record.agency.dataset)
        if item.derived_from is not None
    ]
    is_treated = _is_treated(items, record, texts)
    derived = _derived(items, texts, is_treated=is_treated)
    before = _derived(items, record.values(), is_treated=False) if record.version else {}
    return {
        field: answer
        for field in {**derived, **before}
        if texts.get(field, "") != (answer := derived.get(field, ""))
        and (not texts.get(field) or _followed(field, record, texts, before))
    }


def _is_treated(items: Derived, record: Record, texts: Mapping[str, str]) -> bool:
    """Whether a treatment in another episode of the client began before the record's own day.

    It is not looked up where no blank rests on it.
    """
    is_needed = any(how.after_treatment and not texts.get(item.field) for item, how in items)
    if not is_needed or not isinstance(record, Episode) or record.client_id is None:
        return False
    treatments = Intervention.live.filter(
        episode__client=record.client_id, episode__deleted_at=None, start_date__isnull=False
    ).exclude(episode=record.pk)
    day = read_date(texts.get(core_dataset().sections[record.section].date_field, ""))
    return day is not None and treatments.filter(start_date__lt=day).exists()


def _followed(
    field: str, record: Record, texts: Mapping[str, str], before: Mapping[str, str]
) -> bool:
    """True when the answer is the one that the tool would have given before, and is not being changed."""
    return texts[field] == record.value(field) == before.get(field)


def _derived(items: Derived, texts: Mapping[str, str], *, is_treated: bool) -> dict[str, str]:
    """Field -> answer that follows, of the items of which it is known."""
    holds = truths(
        {item.field: (how.condition, item) for item, how in items if how.condition}, texts
    )
    holds |= {item.field: is_treated for item, how in items if how.after_treatment}
    answers = {
        item.field: _answer(item, how, texts) for item, how in items if holds.get(item.field, True)
    }
    return {field: answer for field, answer in answers.items() if answer}


def _answer(item: DataItem, derived: Derivation, texts: Mapping[str, str]) -> str:
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
