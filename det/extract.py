"""The extract: which records go in a reporting period, in what rows, as which bytes (csv_format.md)."""

from __future__ import annotations

import datetime
import io
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from det.definition import core_dataset
from validation.dataset import CoreDataset, DataItem
from validation.engine import WITHOUT_CONSENT
from validation.periods import Period
from validation.prepare import parse_date
from validation.records import KEYS, Records

NO_EPISODE, NO_TRIAGE, TRIAGED_LATER, DISCHARGED_BEFORE = (
    "no_episode",
    "no_triage",
    "triaged_later",
    "discharged_before",
)
REASONS = {
    NO_EPISODE: "has no episode yet",
    NO_TRIAGE: "has not come to triage: there is no triage date",
    TRIAGED_LATER: "was triaged after the period's end",
    DISCHARGED_BEFORE: "was discharged before the period's start",
}


@dataclass(frozen=True)
class Selection:
    """The records that go in a period, and those that stay behind.

    `behind`: client_record, client_id, episode_id, triage_date (text), reason (one of REASONS).
    """

    records: Records
    behind: pl.DataFrame


def select(records: Records, period: Period) -> Selection:
    """Cuts an agency's records (det.frames.records_of) to a period.

    An episode goes if it was triaged on or before the period's end and is open or was discharged on or after its start;
    what is dated after the end does not go. A client without consent goes with one row.
    """
    definition = core_dataset()
    refused = _refused(definition)
    episodes = records["episode"]
    triaged, discharged = parse_date(pl.col("triage_date")), parse_date(pl.col("discharge_date"))
    reason = (
        pl.when(refused)
        .then(None)
        .when(pl.col("episode_record").is_null())
        .then(pl.lit(NO_EPISODE))
        .when(triaged.is_null())
        .then(pl.lit(NO_TRIAGE))
        .when(triaged > period.end)
        .then(pl.lit(TRIAGED_LATER))
        .when(discharged < period.start)
        .then(pl.lit(DISCHARGED_BEFORE))
    )
    episodes = episodes.with_columns(reason=reason)
    going = episodes.filter(pl.col("reason").is_null()).drop("reason")
    behind = episodes.filter(pl.col("reason").is_not_null())
    frames = {"episode": _until(going, definition.frames["episode"], period.end)}
    for name in definition.children:
        section = definition.sections[name]
        frame = records[name].join(going.select(KEYS), on=KEYS, how="semi")
        late = parse_date(pl.col(section.date_field)) > period.end
        frame = frame.filter(late.fill_null(value=False).not_())
        frames[name] = _until(frame, definition.frames[name], period.end)
    return Selection(
        Records(frames),
        behind.select("client_record", "client_id", "episode_id", "triage_date", "reason"),
    )


def _refused(definition: CoreDataset) -> pl.Expr:
    codes = definition.meaning("consent", "refused")
    return pl.col("consent").is_in(codes).fill_null(value=False)


def _until(frame: pl.DataFrame, items: tuple[DataItem, ...], end: datetime.date) -> pl.DataFrame:
    """Blanks every answer that was given after the period's end."""
    late = {
        item.field: parse_date(pl.col(item.dated_by)) > end
        for item in items
        if item.dated_by and item.field in frame.columns
    }
    return frame.with_columns(
        pl.when(is_late.fill_null(value=False).not_()).then(pl.col(field)).alias(field)
        for field, is_late in late.items()
    )


def lay_out(records: Records) -> pl.DataFrame:
    """The rows of the file: one String column per header, in the order of clients, triage dates and episodes.

    Row n of an episode carries the nth of each of its lists.
    """
    definition = core_dataset()
    refused = _refused(definition)
    people = records["episode"]
    episodes = people.filter(refused.not_())
    numbered = {name: _numbered(records[name], definition, name) for name in definition.children}
    places = pl.concat(
        [
            episodes.select(*KEYS, n=pl.lit(0, dtype=pl.UInt32)),
            *(frame.select(*KEYS, "n") for frame in numbered.values()),
        ]
    ).unique()
    names = {name: _names(definition, name) for name in definition.frames}
    rows = places.join(
        episodes.select(*KEYS, **_renamed(episodes, names["episode"])), on=KEYS, how="left"
    )
    for name, frame in numbered.items():
        columns = _renamed(frame, names[name])
        rows = rows.join(frame.select(*KEYS, "n", **columns), on=[*KEYS, "n"], how="left")
    kept = [i for i in definition.frames["episode"] if WITHOUT_CONSENT in i.tags]
    alone = people.filter(refused).select(
        *KEYS, n=pl.lit(0, dtype=pl.UInt32), **{i.header: pl.col(i.field) for i in kept}
    )
    rows = pl.concat([rows, alone], how="diagonal")
    triage = definition.by_name["episode.triage_date"].header
    rows = rows.sort("client_id", parse_date(pl.col(triage)), "episode_id", "n", nulls_last=True)
    missing = [header for header in definition.headers if header not in rows.columns]
    return rows.with_columns(
        pl.lit(None, dtype=pl.String).alias(header) for header in missing
    ).select(definition.headers)


def _names(definition: CoreDataset, frame: str) -> dict[str, str]:
    return {item.header: item.field for item in definition.frames[frame]}


def _renamed(frame: pl.DataFrame, names: Mapping[str, str]) -> dict[str, pl.Expr]:
    """Header -> column, of the items that the frame has."""
    return {header: pl.col(field) for header, field in names.items() if field in frame.columns}


def _numbered(frame: pl.DataFrame, definition: CoreDataset, name: str) -> pl.DataFrame:
    """The records of a list with `n`, their place in the episode (UInt32 from 0): by date, then identifier."""
    section = definition.sections[name]
    ordered = frame.sort(
        *KEYS, parse_date(pl.col(section.date_field)), section.id_field, nulls_last=True
    )
    return ordered.with_columns(n=pl.int_range(pl.len(), dtype=pl.UInt32).over(KEYS))


def to_csv(rows: pl.DataFrame) -> bytes:
    """The bytes of the file: ASCII, comma, CR LF, quotation marks only where needed."""
    buffer = io.BytesIO()
    rows.write_csv(buffer, line_terminator="\r\n", quote_style="necessary")
    return buffer.getvalue()


def file_name(agency: str, period: Period) -> str:
    name = core_dataset().name.replace("-", "")
    return f"{agency}_{name}_{period.start:%Y%m%d}_{period.end:%Y%m%d}.csv"


def provisional_codes(records: Records) -> int:
    """How many values of the records are codes that are not confirmed (cds_q, sources.md)."""
    definition = core_dataset()
    total = 0
    for name, items in definition.frames.items():
        frame = records[name]
        for item in items:
            if item.reference_list and item.field in frame.columns:
                codes = definition.lists[item.reference_list].codes.values()
                provisional = [code.code for code in codes if code.status != "confirmed"]
                if provisional:
                    total += int(frame[item.field].is_in(provisional).sum())
    return total


def provisional_headers(rows: pl.DataFrame) -> list[str]:
    """The headers that are not confirmed and under which the rows have values."""
    return [
        item.header
        for item in core_dataset().items
        if not item.confirmed and rows[item.header].null_count() < rows.height
    ]
