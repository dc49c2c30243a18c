"""The regular rules, made from the definition: each kind turns one data item into one expression."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl

from validation.conditions import applies
from validation.dataset import DataItem, Rule
from validation.prepare import TEXT
from validation.rules.book import Setting

IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9/_-]*$"
PLAIN_TEXT = r"^[ -~&&[^=+@\-]][ -~]*$"
INITIAL = r"^[A-Za-z]$"
AGENCY = r"^[A-Za-z][0-9]{4}$"
POSTCODE_DISTRICT = r"^[A-Za-z]{1,2}[0-9][A-Za-z0-9]?( ?[0-9])?$"
PLAN = "plan"
"""The tag of dates that may lie ahead; all others are of what has happened."""

Made = tuple[pl.Expr | None, pl.Expr]
"""A gate (None: always) and the expression; the expression is looked at only if some row passes the gate.

Gates of one name are one gate, and looked at once.
"""
Maker = Callable[[DataItem, Setting], Made | None]


def text_of(item: DataItem) -> pl.Expr:
    """The item as it was given."""
    return pl.col(item.field + TEXT if item.type in ("date", "integer") else item.field)


def named(what: str, item: DataItem, gate: pl.Expr) -> pl.Expr:
    return gate.any().alias(f"{what} {item.field}")


def required(item: DataItem, setting: Setting) -> Made:
    return None, text_of(item).is_null()


def expected(item: DataItem, setting: Setting) -> Made | None:
    if item.required != "expected":
        return None
    blank = text_of(item).is_null()
    conditions = [c for c in (item.shown_when, item.expected_when) if c is not None]
    if not conditions:
        return None, blank
    missed = (applies(condition, item, setting.definition) for condition in conditions)
    return named("blank", item, blank), pl.all_horizontal(blank, *missed)


def date(item: DataItem, setting: Setting) -> Made | None:
    if item.type != "date":
        return None
    parsed = pl.col(item.field)
    early = parsed.dt.year() < setting.limit("earliest_year")
    return None, text_of(item).is_not_null() & (parsed.is_null() | early)


def future(item: DataItem, setting: Setting) -> Made | None:
    if item.type != "date" or PLAN in item.tags:
        return None
    return None, pl.col(item.field) > pl.col("today")


def far_ahead(item: DataItem, setting: Setting) -> Made | None:
    if item.type != "date" or PLAN not in item.tags:
        return None
    furthest = pl.col("today") + pl.duration(days=setting.limit("plan_days_ahead"))
    return None, pl.col(item.field) > furthest


def after_period(item: DataItem, setting: Setting) -> Made | None:
    if item.type != "date" or PLAN in item.tags:
        return None
    day = pl.col(item.field)
    late = day > pl.col("period_end")
    return named("late", item, late), late & (day <= pl.col("today"))


def integer(item: DataItem, setting: Setting) -> Made | None:
    if item.type != "integer":
        return None
    text = text_of(item)
    return None, pl.col(item.field).is_null() & text.is_in(item.special_codes).not_()


def value_range(item: DataItem, setting: Setting) -> Made | None:
    if item.type != "integer":
        return None
    number = pl.col(item.field)
    return None, (number < item.min) | (number > item.max)


def pattern(kind: str, expression: str) -> Maker:
    def make(item: DataItem, setting: Setting) -> Made | None:
        if item.type != kind:
            return None
        return None, pl.col(item.field).str.contains(expression).not_()

    return make


def characters(item: DataItem, setting: Setting) -> Made | None:
    allowed = {"identifier": IDENTIFIER, "text": PLAIN_TEXT}.get(item.type)
    return (None, pl.col(item.field).str.contains(allowed).not_()) if allowed else None


def length(item: DataItem, setting: Setting) -> Made | None:
    if item.type not in ("identifier", "text") or item.max_length is None:
        return None
    return None, pl.col(item.field).str.len_chars() > item.max_length


def case(item: DataItem, setting: Setting) -> Made:
    """Only a file has rows; the tool refuses such an identifier before it is there."""
    text = pl.col(item.field)
    capital = text.str.to_uppercase()
    differing = text.n_unique().over(capital) > 1
    in_file = pl.col("row").is_not_null()
    return named(
        "small letters in", item, in_file & (text != capital)
    ), in_file & differing & text.is_not_null()


def _answers(item: DataItem, setting: Setting) -> list[str]:
    """The codes that the item takes; one of another dataset has a rule of its own for interventions."""
    answers = setting.definition.lists[item.reference_list]
    own_rule = any(
        item.name in rule.items
        for rule in setting.definition.rules.values()
        if rule.kind == "code_dataset"
    )
    return list(answers.codes if own_rule else answers.for_dataset(setting.dataset))


def _is_label(item: DataItem, setting: Setting) -> pl.Expr:
    codes = setting.definition.lists[item.reference_list].codes.values()
    return pl.col(item.field).str.to_lowercase().is_in([code.text.lower() for code in codes])


def code(item: DataItem, setting: Setting) -> Made | None:
    if item.type != "code":
        return None
    unknown = pl.col(item.field).is_in(_answers(item, setting)).not_()
    return named("unknown", item, unknown), unknown & _is_label(item, setting).not_()


def label(item: DataItem, setting: Setting) -> Made | None:
    if item.type != "code":
        return None
    unknown = pl.col(item.field).is_in(_answers(item, setting)).not_()
    return named("unknown", item, unknown), unknown & _is_label(item, setting)


def code_dataset(item: DataItem, setting: Setting) -> Made:
    answers = setting.definition.lists[item.reference_list]
    foreign = set(answers.codes) - set(answers.for_dataset(setting.dataset))
    return None, pl.col(item.field).is_in(sorted(foreign))


def closed(item: DataItem, setting: Setting) -> Made | None:
    if item.type != "code":
        return None
    codes = setting.definition.lists[item.reference_list].codes.values()
    ended = {entry.code: entry.valid_to for entry in codes if entry.valid_to}
    if not ended:
        return None
    # The day that the answer is of: its own, or its record's.
    given_on = item.dated_by or setting.definition.sections[item.frame].date_field
    column = pl.col(item.field)
    last_day = column.replace_strict(ended, default=None, return_dtype=pl.Date)
    return named("ended", item, column.is_in(list(ended))), pl.col(given_on) > last_day


KINDS: dict[str, Maker] = {
    "required": required,
    "expected": expected,
    "date": date,
    "future": future,
    "far_ahead": far_ahead,
    "after_period": after_period,
    "integer": integer,
    "range": value_range,
    "initial": pattern("initial", INITIAL),
    "agency": pattern("agency", AGENCY),
    "postcode": pattern("postcode_district", POSTCODE_DISTRICT),
    "case": case,
    "characters": characters,
    "length": length,
    "code": code,
    "label": label,
    "code_dataset": code_dataset,
    "closed": closed,
}


def made_from_items(rule: Rule, setting: Setting) -> Iterator[tuple[DataItem, Made]]:
    """The rule's expressions, one for each data item of the dataset to which it applies.

    A rule that names items is about them; one that names none is about all items of its kind that no
    other rule of the kind names.
    """
    definition = setting.definition
    named = set(rule.items) or {item.name for item in definition.items} - {
        name
        for other in definition.rules.values()
        if other.kind == rule.kind
        for name in other.items
    }
    for item in definition.items:
        if item.name in named and setting.dataset in item.datasets:
            made = KINDS[rule.kind](item, setting)
            if made is not None:
                yield item, made
