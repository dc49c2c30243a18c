"""The tool's records as the frames of text that rules and the extract work on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl
from django.db.models import QuerySet

from det.definition import core_dataset
from det.fields import is_number, is_stored
from det.models import RECORDS, Agency, Client, Record
from validation.dataset import DataItem
from validation.engine import WITHOUT_CONSENT
from validation.records import Records, with_origin


def records_of(agency: Agency, clients: Iterable[Client] | None = None) -> Records:
    """All live records of an agency, or of some of its clients, as validation.records describes them.

    A client without an episode has one row in the frame `episode`, with `episode_record` null; of a client without
    consent there is nothing but what the extract says of them.
    """
    definition = core_dataset()
    collected = {
        section: [i for i in definition.items_of(section, agency.dataset) if is_stored(i)]
        for section in RECORDS
    }
    keys = None if clients is None else [c.pk for c in clients if c.agency_id == agency.pk]

    def live(section: str, path: str) -> QuerySet[Record]:
        # SQLite, asked for both, goes through all the records of the agency.
        return RECORDS[section].live.filter(
            **({"agency": agency} if keys is None else {f"{path}__in": keys})
        )

    people = _frame(live("client", "pk"), collected["client"], {"pk": "client_record"})
    refused = pl.col("consent").is_in(definition.meaning("consent", "refused"))
    allowed = [i.field for i in collected["client"] if WITHOUT_CONSENT in i.tags]
    people = people.with_columns(
        pl.when(refused.not_() | pl.col("consent").is_null())
        .then(pl.col(item.field))
        .alias(item.field)
        for item in collected["client"]
        if item.field not in allowed
    ).with_columns(agency_code=pl.lit(agency.code))
    sharing = people.filter(refused.fill_null(value=False).not_()).select(
        "client_record", "client_id"
    )
    episodes = _frame(
        live("episode", "client"),
        collected["episode"],
        {"pk": "episode_record", "client_id": "client_record"},
    )
    frames = {}
    own = episodes.join(sharing.select("client_record"), on="client_record", how="semi")
    frames["episode"] = with_origin(
        people.join(own, on="client_record", how="left").with_columns(
            record=pl.coalesce("episode_record", "client_record")
        )
    )
    key = own.select("episode_record", "episode_id", "client_record").join(
        sharing, on="client_record", how="left"
    )
    for section in definition.children:
        children = _frame(
            live(section, "episode__client"),
            collected[section],
            {"pk": "record", "episode_id": "episode_record"},
        )
        frames[section] = with_origin(children.join(key, on="episode_record", how="inner"))
    return Records(frames)


def _frame(records: QuerySet[Record], items: list[DataItem], keys: dict[str, str]) -> pl.DataFrame:
    """The items of the records as text, blanks null, beside their keys.

    `keys`: attribute of the model -> name of the column.
    """
    rows: Iterable[tuple[Any, ...]] = records.values_list(*keys, *(item.field for item in items))
    columns: list[tuple[Any, ...]] = list(zip(*rows, strict=True))
    if not columns:
        columns = [()] * (len(keys) + len(items))
    texts: dict[str, list[str | None]] = {
        name: list(map(str, columns.pop(0))) for name in keys.values()
    }
    texts |= {i.field: _texts(i, column) for i, column in zip(items, columns, strict=True)}
    return pl.DataFrame([pl.Series(name, c, dtype=pl.String) for name, c in texts.items()])


def _texts(item: DataItem, answers: tuple[Any, ...]) -> list[str | None]:
    """Stored answers to the item as the extract writes them, blanks None."""
    if item.type == "date":
        return [day and f"{day:%d/%m/%Y}" for day in answers]
    if is_number(item):
        return [None if number is None else str(number) for number in answers]
    return [text or None for text in answers]
