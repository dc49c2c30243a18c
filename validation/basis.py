"""What a finding rests on: the answers that its rule looks at, for explanations, which hold while these stay the same.

A rule may look at a derived column (validation.prepare). One that holds an answer as it was given, such as the first
start, stands for that answer; one that is worked out, true or false or an age, stands for the answers it comes from.
The day on which records are judged is no answer: a warning stays explained overnight.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import lru_cache
from typing import Any

import polars as pl

from validation.dataset import CoreDataset, DataItem
from validation.prepare import NO_END, SUBSTANCES, TEXT, TICKED
from validation.records import KEYS
from validation.wording import item_of

DAYS = ("today", "as_of", "period_end")
"""Columns of a frame that are no answers."""


@dataclass(frozen=True)
class Source:
    """Where the answers lie of which a derived column is worked out."""

    frame: str
    fields: tuple[str, ...] = ()
    tag: str = ""
    """In place of fields: those of all items with the tag."""
    of_client: bool = False
    """Whether all episodes of the client count, and not one alone."""
    only: tuple[str, str] | None = None
    """A field and the meaning of its answer: only records with it count."""
    meaning: str = ""
    """The meaning without which an answer does not count: to leave a box unticked is no answer."""


STARTS = Source("intervention", ("start_date",))
TYPES = Source("intervention", ("intervention_type",))
REPORTED = Source("episode", SUBSTANCES)
AGED = ("birth_date", "triage_date")


def _at_exit(tag: str) -> Source:
    return Source("outcomes_profile", tag=tag, only=("stage", "exit"))


SOURCES: Mapping[str, Source] = {
    "age_at_triage": Source("episode", AGED),
    "age_at_latest_triage": Source("episode", AGED, of_client=True),
    "reports_opiate": REPORTED,
    "reports_alcohol": REPORTED,
    "ever_started": STARTS,
    "open_started": Source("intervention", ("start_date", "end_date")),
    "has_pharmacological": TYPES,
    "has_psychosocial": TYPES,
    "exit_reports_drugs": _at_exit("drug_days"),
    "exit_reports_alcohol": _at_exit("alcohol_days"),
    "exit_reports_opiates_or_crack": _at_exit("opiate_or_crack_days"),
    **{
        f"ticked_{tag}": Source("sub_intervention_review", tag=tag, meaning="yes") for tag in TICKED
    },
}
"""The derived columns that are worked out; those that hold an answer are in validation.wording.HOLDS."""


@dataclass(frozen=True)
class Answer:
    """An answer on which a finding rests: `day` is the text of its record's date, of a record of a list."""

    item: DataItem
    text: str
    day: str = ""


def _text_name(item: DataItem) -> str:
    """The column that holds the item as it was given."""
    return item.field + TEXT if item.type in ("date", "integer") else item.field


@dataclass(frozen=True)
class Basis:
    """What rules rest on. `frames`: as validation.prepare makes them."""

    frames: Mapping[str, pl.DataFrame]
    definition: CoreDataset
    dataset: str
    said: dict[Source, dict[tuple[str | None, ...], str]] = attribute(default_factory=dict)
    """What `_said` has found already."""

    def needed(self, frame: str, columns: Iterable[str]) -> set[str]:
        """The columns of the frame that `texts` looks at."""
        found = set(columns) - {*DAYS}
        for name in found & SOURCES.keys():
            if _is_of_the_row(SOURCES[name], frame):
                items = _items(SOURCES[name], self.definition, self.dataset)
                found |= {_text_name(item) for item in items}
        return found

    def texts(
        self, frame: str, columns: Iterable[str], rows: pl.DataFrame
    ) -> list[pl.Series | pl.Expr]:
        """What rows of the frame rest on, a text for each of the columns that the rule looks at."""
        return [
            self._worked_out(SOURCES[name], frame, rows)
            if name in SOURCES
            else pl.col(name).cast(pl.String).fill_null("")
            for name in columns
            if name not in DAYS
        ]

    def answers(self, name: str, row: Mapping[str, Any], about: DataItem) -> Iterator[Answer]:
        """The answers behind a column that a rule about an item looks at, in a row of the item's frame."""
        if name in SOURCES:
            yield from self._answers_of(SOURCES[name], about.frame, row)
        elif name == "follows":
            held = "previous_profile_date" if row["previous_profile_date"] else "first_start"
            yield from self.answers(held, row, about)
        elif item := item_of(name.removesuffix(TEXT), about, self.definition):
            yield Answer(item, _as_given(row[name]))

    def _worked_out(self, source: Source, frame: str, rows: pl.DataFrame) -> pl.Series | pl.Expr:
        if _is_of_the_row(source, frame):
            return _in_one(source, self.definition, self.dataset)
        if source not in self.said:
            self.said[source] = self._said(source)
        said = self.said[source]
        return pl.Series([said.get(key, "") for key in rows.select(_keys(source)).rows()])

    def _said(self, source: Source) -> dict[tuple[str | None, ...], str]:
        """The answers of the records that lie together, by their keys, in an order of their own.

        In Python: for the few records of one client, after each save, polars would take much longer.
        """
        keys = _keys(source)
        texts: dict[tuple[str | None, ...], list[str]] = {}
        said = _in_one(source, self.definition, self.dataset)
        for *key, text in self._counted(source).select(*keys, said).rows():
            texts.setdefault(tuple(key), []).append(text)
        return {key: ",".join(sorted(found)) for key, found in texts.items()}

    def _counted(self, source: Source) -> pl.DataFrame:
        """The records that count: those with an answer."""
        frame = self.frames[source.frame]
        is_answered = pl.any_horizontal(
            text != "" for text in _given(source, self.definition, self.dataset)
        )
        if source.only is None:
            return frame.filter(is_answered)
        field, meaning = source.only
        codes = self.definition.by_name[f"{source.frame}.{field}"].reference_list
        return frame.filter(
            is_answered, pl.col(field).is_in(self.definition.meaning(codes, meaning))
        )

    def _answers_of(self, source: Source, frame: str, row: Mapping[str, Any]) -> Iterator[Answer]:
        items = _items(source, self.definition, self.dataset)
        is_own = _is_of_the_row(source, frame)
        if is_own:
            records = pl.DataFrame([row], schema=self.frames[frame].schema)
        else:
            records = self._counted(source).filter(
                pl.col(key).eq_missing(pl.lit(row[key], dtype=pl.String)) for key in _keys(source)
            )
        texts = records.select(_given(source, self.definition, self.dataset)).rows()
        is_list = source.frame in self.definition.children
        days = [""] * len(texts)
        if is_list and not is_own:
            date = self.definition.sections[source.frame].date_field
            days = records[date + TEXT].fill_null("").to_list()
        found = [
            Answer(item, text, day)
            for given, day in zip(texts, days, strict=True)
            for item, text in zip(items, given, strict=True)
            if text or not (is_list or source.meaning)
        ]
        yield from found or (Answer(item, "") for item in items if not source.meaning)


def _items(source: Source, definition: CoreDataset, dataset: str) -> list[DataItem]:
    fields = source.fields or definition.tagged(source.frame, source.tag, dataset)
    return [item for item in definition.frames[source.frame] if item.field in fields]


@lru_cache
def _given(source: Source, definition: CoreDataset, dataset: str) -> tuple[pl.Expr, ...]:
    """The answers of a record, as far as they count, as texts that are never null."""
    texts = []
    for item in _items(source, definition, dataset):
        text = pl.col(_text_name(item))
        if source.meaning:
            codes = definition.meaning(item.reference_list, source.meaning)
            text = pl.when(text.is_in(codes)).then(text)
        texts.append(text.fill_null("").alias(item.field))
    return tuple(texts)


@lru_cache
def _in_one(source: Source, definition: CoreDataset, dataset: str) -> pl.Expr:
    """The answers of a record as one text."""
    return pl.concat_str(_given(source, definition, dataset), separator=";").alias("in one")


def _is_of_the_row(source: Source, frame: str) -> bool:
    """Whether a row of the frame holds the answers itself."""
    return source.frame == frame and not source.of_client


def _keys(source: Source) -> list[str]:
    return ["client_id"] if source.of_client else list(KEYS)


def _as_given(value: Any) -> str:
    """The value of a column, typed or not, as it is given."""
    if isinstance(value, datetime.date):
        return "" if value == NO_END else f"{value:%d/%m/%Y}"
    return "" if value is None else str(value)
