"""What of a file is not stored when it is imported, so that nothing of it is lost in silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from det.definition import core_dataset
from validation.dataset import DataItem
from validation.engine import WITHOUT_CONSENT
from validation.records import KEYS, Records

NOT_COLLECTED = "not_collected"
REASONS = {
    NOT_COLLECTED: "the dataset does not collect it",
    WITHOUT_CONSENT: "the client does not consent",
}
BEARS = {"client": ["client_id"], "episode": list(KEYS)}
"""What tells one record from another where a frame repeats it; in any other frame each row is a record."""


@dataclass(frozen=True)
class LeftOut:
    """How many values of an item, or records of a section, are not stored, the first row and why (one of REASONS).

    `name` is the item's header, or the section.
    """

    reason: str
    name: str
    total: int
    row: int

    @property
    def words(self) -> str:
        section = core_dataset().sections.get(self.name)
        if section:
            what = (section.title if self.total == 1 else section.plural).lower()
        else:
            what = f"value{'' if self.total == 1 else 's'} of {self.name}"
        return f"{self.total:,} {what}, first in row {self.row}: {REASONS[self.reason]}"


def left_out(records: Records, dataset: str) -> list[LeftOut]:
    """What of the records of a file, which the rules let in, det.importing does not store in an agency of the dataset.

    In the order of REASONS; values by item, and the records of an episode as such where the client does not consent.
    """
    definition = core_dataset()
    refused = pl.col("consent").is_in(definition.meaning("consent", "refused"))
    people = records["episode"]
    refusing = people.filter(refused)
    consenting = people.filter(refused.fill_null(value=False).not_())
    foreign = [item for item in definition.items if dataset not in item.datasets]
    found = list(_values(consenting, [i for i in foreign if i.frame == "episode"], NOT_COLLECTED))
    gone = []
    for name in definition.children:
        kept = records[name].join(consenting.select(KEYS), on=KEYS, how="semi", nulls_equal=True)
        found += _values(kept, [i for i in foreign if i.frame == name], NOT_COLLECTED)
        lost = records[name].join(consenting.select(KEYS), on=KEYS, how="anti", nulls_equal=True)
        gone += _records(lost, name)
    personal = [i for i in definition.items_of("client") if WITHOUT_CONSENT not in i.tags]
    found += _values(refusing, personal, WITHOUT_CONSENT)
    own = [item.field for item in definition.items_of("episode")]
    episodes = refusing.filter(pl.any_horizontal(pl.col(own).is_not_null()))
    return [*found, *_records(episodes.sort("row").unique(KEYS, keep="first"), "episode"), *gone]


def _values(frame: pl.DataFrame, items: Iterable[DataItem], reason: str) -> Iterator[LeftOut]:
    for item in items:
        if frame[item.field].null_count() < frame.height:
            bears = BEARS.get(item.record, ["row"])
            given = frame.filter(pl.col(item.field).is_not_null())
            values = given.select(*bears, item.field).n_unique()
            yield LeftOut(reason, item.header, values, _first(given["row"]))


def _records(frame: pl.DataFrame, section: str) -> list[LeftOut]:
    if frame.is_empty():
        return []
    return [LeftOut(WITHOUT_CONSENT, section, frame.height, _first(frame["row"]))]


def _first(rows: pl.Series) -> int:
    return int(rows.sort()[0])


def counted(parts: Sequence[LeftOut]) -> dict[str, dict[str, int]]:
    """Reason -> name -> how many, without anything that was entered; only reasons that there are."""
    counts: dict[str, dict[str, int]] = {}
    for part in parts:
        counts.setdefault(part.reason, {})[part.name] = part.total
    return counts
