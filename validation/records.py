"""The records that rules judge: one frame of text for each kind of record, from a file or from the tool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from validation.dataset import CoreDataset
from validation.spelling import as_meant

KEYS = ("client_id", "episode_id")
ORIGIN = {
    "row": pl.UInt32,
    "client_record": pl.String,
    "episode_record": pl.String,
    "record": pl.String,
}


@dataclass(frozen=True)
class Records:
    """Frames by name: `episode` (client and episode items side by side) and one for each list of an episode.

    Every frame has `row` (UInt32, null in the tool), `client_record`, `episode_record`, `record` (String,
    the tool's keys, null for a file), `client_id`, `episode_id` and one String column per data item
    of the frame, named by its field; blanks are null.
    """

    frames: Mapping[str, pl.DataFrame]

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.frames[name]


def gather(rows: pl.DataFrame, definition: CoreDataset) -> Records:
    """Gathers the distinct records from the rows of a file, however they lie side by side and are spelled.

    `rows`: as validation.reading gives them. Rows that agree in all items of a record are one record,
    whose `row` is the first; rows that disagree stay apart, for the rules NQ121 to NQ124 (csv_format.md, Rows).
    """
    keys = {definition.by_name["client.client_id"].header: "client_id"}
    keys[definition.by_name["episode.episode_id"].header] = "episode_id"
    given = {header for header in definition.headers if rows[header].null_count() < rows.height}
    frames = {}
    for name, items in definition.frames.items():
        fields = {**keys, **{item.header: item.field for item in items}}
        compared = [field for header, field in fields.items() if header in given]
        frame = rows.select("row", **{field: pl.col(header) for header, field in fields.items()})
        if name != "episode":
            own = [item.field for item in items if item.header in given]
            frame = frame.filter(pl.any_horizontal(pl.lit(value=False), pl.col(own).is_not_null()))
        id_fields = dict.fromkeys((*KEYS, definition.sections[name].id_field))
        identity = [field for field in id_fields if field in compared]
        frame = _distinct(frame, compared, identity)
        meant = as_meant(frame, items, definition)
        if meant is not frame:
            frame = _distinct(meant, compared, identity)
        # In one piece, to which columns can be added without a copy of the others.
        frames[name] = with_origin(frame.rechunk())
    return Records(frames)


def _distinct(frame: pl.DataFrame, compared: list[str], identity: list[str]) -> pl.DataFrame:
    """The frame without the rows that agree with an earlier one in all columns compared.

    Where the columns of the identity, which are among them, never repeat, no row does; to look at all columns is dear.
    """
    if not compared or _never_repeat(frame, identity):
        return frame
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1)) for name in compared)
    frame = frame.filter((same & (pl.int_range(pl.len()) > 0)).not_())
    if _never_repeat(frame, identity):
        return frame
    return frame.unique(compared, keep="first", maintain_order=True)


def _never_repeat(frame: pl.DataFrame, identity: list[str]) -> bool:
    return bool(identity) and frame.select(identity).is_unique().all()


def with_origin(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds the columns of ORIGIN that the frame lacks, as nulls."""
    missing = {name: dtype for name, dtype in ORIGIN.items() if name not in frame.columns}
    return frame.with_columns(
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in missing.items()
    )
