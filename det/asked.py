"""Which data items are asked of a record, given what is known of its client and episode."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from django.db.models import Max

from det.checking import today
from det.definition import core_dataset
from det.models import Client, Episode, Record, stored_items
from validation.conditions import applies
from validation.dataset import Condition, DataItem
from validation.prepare import parse_date, whole_years

DERIVED = "age_at_latest_triage"
AGE_FROM = "episode.triage_date"
"""The item of another record on which the derived age rests."""


def surroundings(record: Record) -> dict[str, str]:
    """What conditions may ask beyond the record itself: the client's and the episode's answers, as text."""
    known: dict[str, str] = {}
    parent = record.parent
    if parent is not None:
        known = {**surroundings(parent), **parent.values()}
    return known


def asked(items: list[DataItem], record: Record, texts: Mapping[str, str]) -> dict[str, bool]:
    """Field -> whether it is asked, of the items that bear a condition. `texts`: the record's answers.

    What rests on an age is asked while there is no date of birth: else a new client would be asked for it later.
    """
    conditions = {item.field: (item.shown_when, item) for item in items if item.shown_when}
    answers = {**surroundings(record), **texts}
    of_age = [field for field, (condition, _) in conditions.items() if DERIVED in condition.fields]
    if of_age:
        age = _age_at_latest_triage(record, texts.get("birth_date", ""))
        if age is None:
            conditions = {name: pair for name, pair in conditions.items() if name not in of_age}
            return {**dict.fromkeys(of_age, True), **truths(conditions, answers)}
        answers[DERIVED] = str(age)
    return truths(conditions, answers)


def truths(
    conditions: Mapping[str, tuple[Condition, DataItem]], answers: Mapping[str, str]
) -> dict[str, bool]:
    """Which of the conditions, each with the item that bears it, hold for the answers."""
    if not conditions:
        return {}
    needed = sorted({name for condition, _ in conditions.values() for name in condition.fields})
    frame = pl.DataFrame(
        {name: [answers.get(name) or None] for name in needed},
        schema=dict.fromkeys(needed, pl.String),
    ).with_columns(pl.col(name).cast(pl.Int32) for name in needed if name == DERIVED)
    row = frame.select(
        applies(condition, item, core_dataset()).alias(name)
        for name, (condition, item) in conditions.items()
    ).row(0, named=True)
    return dict(row)


def rests_on(section: str) -> frozenset[str]:
    """The fields of the records above on which it rests whether items of the section are asked."""
    items = stored_items(section)
    named = {name for i in items if i.shown_when is not None for name in i.shown_when.fields}
    return frozenset(named - {item.field for item in items})


def inapplicable(record: Record, texts: Mapping[str, str]) -> tuple[DataItem, ...]:
    """The items that have an answer and are no longer asked; clearing one may end the next."""
    items = stored_items(record.section)
    remaining = dict(texts)
    cleared: list[DataItem] = []
    while True:
        is_asked = asked(items, record, remaining)
        gone = [i for i in items if remaining.get(i.field) and not is_asked.get(i.field, True)]
        if not gone:
            return tuple(cleared)
        cleared += gone
        remaining |= dict.fromkeys((item.field for item in gone), "")


def _age_at_latest_triage(record: Record, birth_date: str) -> int | None:
    """Whole years; before the first triage those of today."""
    if not isinstance(record, Client) or not birth_date:
        return None
    latest = None
    if record.version:
        latest = Episode.live.filter(client=record).aggregate(day=Max("triage_date"))["day"]
    born = parse_date(pl.lit(birth_date))
    return pl.select(whole_years(born, pl.lit(latest or today()))).item()
