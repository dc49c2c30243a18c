"""A life being made: a client, and journeys, each an episode with its lists."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import polars as pl

from validation.dataset import CoreDataset
from validation.records import ORIGIN, Records, with_origin

Value = str | int | datetime.date | None
Answers = dict[str, Value]
"""Field -> answer; None is a question that is left blank on purpose."""


@dataclass(eq=False)
class Journey:
    """An episode and, by section, the lists that belong to it."""

    triaged: datetime.date
    episode: Answers
    lists: dict[str, list[Answers]]
    last_day: datetime.date
    """Of discharge, or, while it is open, today."""
    substances: tuple[str, ...] = ()

    @property
    def discharged(self) -> datetime.date | None:
        value = self.episode.get("discharge_date")
        return value if isinstance(value, datetime.date) else None

    @property
    def starts(self) -> list[datetime.date]:
        """The days on which interventions started."""
        values = (one.get("start_date") for one in self.lists["intervention"])
        return [value for value in values if isinstance(value, datetime.date)]


@dataclass(eq=False)
class Life:
    """A client and the journeys of the client at the agency, the earliest first."""

    client: Answers
    journeys: list[Journey] = field(default_factory=list)


def day(answers: Answers, name: str) -> datetime.date:
    """A date that is known to be there. Raises TypeError when it is not."""
    value = answers[name]
    if not isinstance(value, datetime.date):
        raise TypeError(f"{name} is {value!r}, not a date")
    return value


def as_records(lives: Iterable[Life], definition: CoreDataset, dataset: str) -> Records:
    """The lives as validation.records describes them, dates dd/mm/yyyy."""
    found: dict[str, list[Answers]] = {name: [] for name in definition.frames}
    for life in lives:
        for name, answers in _records(life):
            found[name].append(answers)
    return Records({name: _frame(found[name], name, definition, dataset) for name in found})


def _records(life: Life) -> Iterator[tuple[str, Answers]]:
    """Frame name and answers, beside the client's, of all records of a life."""
    if not life.journeys:
        yield "episode", life.client
    for journey in life.journeys:
        yield "episode", {**life.client, **journey.episode}
        keys = {"client_id": life.client["client_id"], "episode_id": journey.episode["episode_id"]}
        for name, records in journey.lists.items():
            for answers in records:
                yield name, {**answers, **keys}


def _frame(
    records: list[Answers], name: str, definition: CoreDataset, dataset: str
) -> pl.DataFrame:
    fields = {item.field: None for item in definition.frames[name] if dataset in item.datasets}
    columns = {
        column: pl.Series(column, [_text(one.get(column)) for one in records], dtype=pl.String)
        for column in {"client_id": None, "episode_id": None, **fields}
    }
    return with_origin(pl.DataFrame(columns)).select(*ORIGIN, *columns)


def _text(value: Value) -> str | None:
    if isinstance(value, datetime.date):
        return f"{value.day:02}/{value.month:02}/{value.year:04}"
    return None if value is None else str(value)
