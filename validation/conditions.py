"""When a data item is asked, as one expression for a form and for a file."""

from __future__ import annotations

import polars as pl

from validation.dataset import Condition, CoreDataset
from validation.dataset.objects import DataItem


def applies(condition: Condition, item: DataItem, definition: CoreDataset) -> pl.Expr:
    """True where the condition of the item holds: where it is asked, or expected.

    What a condition needs and is not known yet does not hide an item. Columns: the fields of `condition.fields` in the
    frame of the item's record, text or typed.
    """
    return pl.all_horizontal(
        pl.any_horizontal(_clause(name, operator, operand, item, definition) for name in fields)
        for fields, operator, operand in condition.clauses
    )


def accepted_codes(
    field: str, meanings: tuple[str, ...], item: DataItem, definition: CoreDataset
) -> list[str]:
    """The answers to the field that a clause names: codes by what they mean, whole numbers as they are.

    The field may be the client's or the episode's.
    """
    other = find(field, item, definition)
    if other.type == "integer":
        return list(meanings)
    return definition.meaning(other.reference_list, *meanings)


def accepted_answers(
    field: str, meanings: tuple[str, ...], item: DataItem, definition: CoreDataset
) -> dict[str, str]:
    """What accepted_codes gives, each with its words."""
    other = find(field, item, definition)
    codes = definition.lists[other.reference_list].codes if other.reference_list else {}
    return {
        code: codes[code].text if code in codes else code
        for code in accepted_codes(field, meanings, item, definition)
    }


def find(field: str, item: DataItem, definition: CoreDataset) -> DataItem:
    """The item that a condition names: of the same record, else of the episode, else of the client. KeyError."""
    for record in (item.record, "episode", "client"):
        if f"{record}.{field}" in definition.by_name:
            return definition.by_name[f"{record}.{field}"]
    raise KeyError(field)


def _clause(
    field: str, operator: str, operand: tuple[str, ...], item: DataItem, definition: CoreDataset
) -> pl.Expr:
    column = pl.col(field)
    if operator == ">=":
        return (column >= definition.limits[operand[0]]).fill_null(value=True)
    if operand == ("*",):
        return column.is_not_null()
    answered = column.cast(pl.String).is_in(accepted_codes(field, operand, item, definition))
    return (
        answered.fill_null(value=False)
        if operator == "="
        else answered.not_().fill_null(value=True)
    )
