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
    keys = None if clients is None else [client.pk for client in clients]

    def live(section: str, path: str) -> QuerySet[Record]:
        records = RECORDS[section].live.filter(agency=agency)
        return records if keys is None else records.filter(**{f"{path}__in": keys})

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
    fields = [item.field for item in items]
    rows: list[tuple[Any, ...]] = list(records.values_list(*keys, *fields))
    columns: dict[str, pl.Series] = {}
    by_column = list(zip(*rows, strict=True)) if rows else [()] * (len(keys) + len(fields))
    for column, values in zip(keys.values(), by_column, strict=False):
        columns[column] = pl.Series(column, [str(value) for value in values], dtype=pl.String)
    for item, values in zip(items, by_column[len(keys) :], strict=True):
        if item.type == "date":
            series = pl.Series(item.field, values, dtype=pl.Date).dt.strftime("%d/%m/%Y")
        elif is_number(item):
            series = pl.Series(item.field, values, dtype=pl.Int32).cast(pl.String)
        else:
            series = pl.Series(item.field, [value or None for value in values], dtype=pl.String)
        columns[item.field] = series
    return pl.DataFrame(columns)
