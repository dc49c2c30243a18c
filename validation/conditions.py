"""When a data item is asked, as one expression for a form and for a file."""

from __future__ import annotations

import polars as pl

from validation.dataset import Condition, CoreDataset
from validation.dataset.objects import DataItem


def applies(condition: Condition, item: DataItem, definition: CoreDataset) -> pl.Expr:
    """True where the item is asked; what a condition needs and is not known yet does not hide an item.

    Columns: the fields of `condition.fields`, text, in the frame of the item's record.
    """
    return pl.all_horizontal(
        pl.any_horizontal(_clause(name, operator, operand, item, definition) for name in fields)
        for fields, operator, operand in condition.clauses
    )


def accepted_codes(
    field: str, meanings: tuple[str, ...], item: DataItem, definition: CoreDataset
) -> list[str]:
    """The codes of the field's list that mean one of the names; the field may be the client's or the episode's."""
    other = find(field, item, definition)
    return definition.meaning(other.reference_list, *meanings)


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
    answered = column.is_in(accepted_codes(field, operand, item, definition))
    return (
        answered.fill_null(value=False)
        if operator == "="
        else answered.not_().fill_null(value=True)
    )
