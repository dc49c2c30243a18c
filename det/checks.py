"""What the project refuses to start with: records that do not hold what the definition asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field
from django.db.models.query_utils import DeferredAttribute

from det.definition import core_dataset
from det.fields import is_stored, model_field
from det.models import RECORDS, Agency, Finding, Record
from validation.dataset import CoreDataset, DataItem
from validation.dataset.objects import Place

SMALLEST, LARGEST = -32768, 32767
"""What a SmallIntegerField holds."""
Mistake = tuple[Place, str]


@register(Tags.models)
def records_fit_the_definition(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(f"{place}: {words}.", hint=f"Correct {place}, or the models.", id="det.E001")
        for place, words in misfits(core_dataset())
    ]


def misfits(definition: CoreDataset) -> list[Mistake]:
    """Where the models do not fit the definition: (place, sentence without a full stop)."""
    parts = (_sections, _items, _surplus_fields, _lengths)
    return [mistake for part in parts for mistake in part(definition)]


def _sections(definition: CoreDataset) -> Iterator[Mistake]:
    for section in definition.sections.values():
        if section.id not in RECORDS:
            yield section.place, f"there is no model for the section {section.id}"


def _items(definition: CoreDataset) -> Iterator[Mistake]:
    for item in definition.items:
        if is_stored(item) and item.record in RECORDS:
            reason = _misfit(item, definition)
            if reason:
                yield item.place, f"{item.name} {reason}"


def _misfit(item: DataItem, definition: CoreDataset) -> str | None:
    """Why the item's values cannot be kept in its field, or None."""
    model = RECORDS[item.record]
    try:
        field = model._meta.get_field(item.field)
    except FieldDoesNotExist:
        return f"has no field in {model.__name__}"
    fitting = model_field(item)
    if type(field) is not type(fitting) or not isinstance(field, Field):
        return f"needs a {type(fitting).__name__}, but the model has a {type(field).__name__}"
    taken = any(hasattr(base, item.field) for base in model.__mro__[1:])
    if taken or not isinstance(vars(model).get(field.attname), DeferredAttribute):
        return "has a name that the model uses for something else"
    longest = _longest(item, definition)
    if field.max_length is not None and field.max_length < longest:
        return f"needs {longest} characters, but the model has {field.max_length}"
    if field.max_length is None and item.type == "integer":
        for limit in (item.min, item.max):
            if limit is not None and not SMALLEST <= limit <= LARGEST:
                return f"has the limit {limit}, which the model cannot hold"
    return None


def _longest(item: DataItem, definition: CoreDataset) -> int:
    """How many characters the longest answer of the item has, as far as the definition says."""
    texts = [*item.special_codes, *(str(n) for n in (item.min, item.max) if n is not None)]
    if item.reference_list in definition.lists:
        texts += definition.lists[item.reference_list].codes
    return max([item.max_length or 1, *map(len, texts)])


def _surplus_fields(definition: CoreDataset) -> Iterator[Mistake]:
    shared = {field.name for field in Record._meta.local_fields}
    for section, model in RECORDS.items():
        items = {item.field for item in definition.items_of(section) if is_stored(item)}
        for field in model._meta.local_fields:
            if field.name not in items | shared and not field.is_relation:
                yield (
                    Place("data_items.csv", 1),
                    f"{model.__name__} has a field {field.name}, but {section} has no such item",
                )


def _lengths(definition: CoreDataset) -> Iterator[Mistake]:
    """Names and messages that are kept beside the records fit their columns."""
    for dataset in definition.datasets.values():
        yield from _too_long(Agency, "dataset", dataset.code, dataset.place)
    for section in definition.sections.values():
        yield from _too_long(Finding, "section", section.id, section.place)
    for item in definition.items:
        yield from _too_long(Finding, "item", item.name, item.place)
    for rule in definition.rules.values():
        for column in ("severity", "part", "message"):
            yield from _too_long(Finding, column, getattr(rule, column), rule.place)
        yield from _too_long(Finding, "rule", rule.id, rule.place)


def _too_long(
    model: type[Agency | Finding], column: str, text: str, place: Place
) -> Iterator[Mistake]:
    longest = getattr(model._meta.get_field(column), "max_length", None)
    if longest is not None and len(text) > longest:
        yield place, f"'{text[:30]}' has more than {longest} characters"
