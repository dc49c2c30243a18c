"""How a rule is written: a function from the setting to one polars expression that is true where the rule is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from validation.dataset import CoreDataset, DataItem, Rule
from validation.prepare import TEXT


@dataclass(frozen=True)
class Setting:
    """What a rule may ask while its expression is made: the definition and the dataset that is judged."""

    definition: CoreDataset
    dataset: str

    def codes(self, list_name: str, *meanings: str) -> list[str]:
        return self.definition.meaning(list_name, *meanings)

    def limit(self, name: str) -> int:
        return self.definition.limits[name]

    def tagged(self, frame: str, tag: str) -> list[str]:
        """Fields of the frame that bear the tag and are collected in the dataset."""
        return self.definition.tagged(frame, tag, self.dataset)

    @property
    def adult(self) -> bool:
        return self.definition.datasets[self.dataset].adult


Expression = Callable[[Setting], pl.Expr]
EXPRESSIONS: dict[str, Expression] = {}
GROUPS: dict[str, tuple[str, ...]] = {}
"""Of a rule about clients who share something: the columns that they share. It finds all of a group or none."""


def rule(key: str, *, group: tuple[str, ...] = ()) -> Callable[[Expression], Expression]:
    """Enters an expression under a rule's id and part; the row in rules.csv says on which item it is reported.

    `group`: see GROUPS.
    """

    def enter(expression: Expression) -> Expression:
        if key in EXPRESSIONS:
            raise ValueError(f"the rule {key} is written twice")
        EXPRESSIONS[key] = expression
        if group:
            GROUPS[key] = group
        return expression

    return enter


def boxes_of(rule: Rule, setting: Setting) -> tuple[DataItem, ...]:
    """The boxes of a rule about what is ticked that the dataset collects, in the order of the screen."""
    record = setting.definition.by_name[rule.items[0]].record
    items = setting.definition.items_of(record, setting.dataset)
    return tuple(item for item in items if item.name in rule.items)


def filled(field: str) -> pl.Expr:
    """True where a plain text item has a value."""
    return pl.col(field).is_not_null()


def blank(field: str) -> pl.Expr:
    return pl.col(field).is_null()


def repeats(field: str, *others: str) -> pl.Expr:
    """True where one of several like answers is that of another as well."""
    return pl.any_horizontal(pl.col(field) == pl.col(other) for other in others)


def given(field: str) -> pl.Expr:
    """True where a date or whole number has a value, be it malformed."""
    return pl.col(field + TEXT).is_not_null()


def missing(field: str) -> pl.Expr:
    return pl.col(field + TEXT).is_null()


def days_between(earlier: str, later: str) -> pl.Expr:
    """Days from one date to another (Int64, negative when they are the other way round)."""
    return (pl.col(later) - pl.col(earlier)).dt.total_days()
