"""A transfer: the extract of a period with everything that is to be known before it is sent."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from det.checking import today
from det.definition import core_dataset
from det.extract import (
    Selection,
    file_name,
    lay_out,
    provisional_codes,
    provisional_headers,
    select,
    to_csv,
)
from det.frames import records_of
from det.models import Agency, Explanation
from validation.engine import check
from validation.files import ERROR, WARNING, share_without
from validation.periods import Period
from validation.records import KEYS, Records

NO_CLIENTS = "There is nothing to transfer: the agency has no clients yet. Add the first one."
ALL_STAY_BEHIND = (
    "There is nothing to transfer: all clients stay behind in this period. Choose another period, or enter what keeps"
    " them back: an episode, a triage date, or the right date instead of a wrong one."
)


@dataclass(frozen=True)
class Transfer:
    """What goes in a period and what the rules find in it.

    `rows`: the file, a String column per header. `findings`: validation.engine.FINDING and `explained` (Boolean).
    """

    agency: Agency
    period: Period
    selection: Selection
    rows: pl.DataFrame
    findings: pl.DataFrame

    @property
    def file_name(self) -> str:
        return file_name(self.agency.code, self.period)

    @cached_property
    def content(self) -> bytes:
        """The bytes of the file; the same data gives the same bytes."""
        return to_csv(self.rows)

    @cached_property
    def units(self) -> pl.DataFrame:
        """The episodes that go, and one row for each client without consent (columns KEYS)."""
        return self.selection.records["episode"].select(KEYS).unique()

    @property
    def clients(self) -> int:
        return self.units["client_id"].n_unique()

    @property
    def episodes(self) -> int:
        return self.units["episode_id"].drop_nulls().len()

    @property
    def without_consent(self) -> int:
        return self.units["episode_id"].null_count()

    def open_findings(self, severity: str) -> pl.DataFrame:
        """The findings of a severity that are not explained."""
        return self.findings.filter((pl.col("severity") == severity) & pl.col("explained").not_())

    @cached_property
    def load_percentage(self) -> int | None:
        return self._share_without(ERROR)

    @cached_property
    def data_quality_percentage(self) -> int | None:
        return self._share_without(WARNING)

    def _share_without(self, severity: str) -> int | None:
        """What is empty is neither good nor bad: None."""
        if self.units.is_empty():
            return None
        return share_without(self.units, self.open_findings(severity), severity)

    @property
    def why_empty(self) -> str:
        """Why nothing goes, and what to do; '' where something does."""
        if not self.units.is_empty():
            return ""
        return NO_CLIENTS if self.selection.behind.is_empty() else ALL_STAY_BEHIND

    @property
    def may_be_transferred(self) -> bool:
        """Errors block a transfer, and so does an empty file; warnings do not, but a submission needs 100 %."""
        return self.load_percentage == 100

    @cached_property
    def provisional_codes(self) -> int:
        return provisional_codes(self.selection.records)

    @cached_property
    def provisional_headers(self) -> list[str]:
        return provisional_headers(self.rows)


def prepare_transfer(agency: Agency, period: Period) -> Transfer:
    """Selects, lays out and judges the agency's records for a period. Stores nothing.

    What only the cut makes doubtful does not count: an exit profile whose discharge came after the period's end.
    """
    records = records_of(agency)
    selection = select(records, period)
    found = _judged(agency, selection.records, period.end)
    on_screen = _explained(agency, _judged(agency, records, None))
    return Transfer(
        agency,
        period,
        selection,
        lay_out(selection.records),
        as_on_screen(found, on_screen),
    )


def _judged(agency: Agency, records: Records, period_end: datetime.date | None) -> pl.DataFrame:
    return check(
        records,
        core_dataset(),
        agency.dataset,
        today=today(),
        period_end=period_end,
        with_basis=True,
    )


OF_WHAT = ("rule", "part", "item", "client_record", "explained_record")
"""What makes a finding the same before and after the cut."""


def as_on_screen(found: pl.DataFrame, on_screen: pl.DataFrame) -> pl.DataFrame:
    """The findings on the cut records that the whole records have too, explained where those are.

    `found`: FINDING; `on_screen`: FINDING and `explained` (Boolean), of the whole records.
    """
    known = _with_record(on_screen).group_by(OF_WHAT).agg(pl.col("explained").all())
    return (
        _with_record(found)
        .join(known, on=OF_WHAT, how="inner", nulls_equal=True, maintain_order="left")
        .drop("explained_record")
    )


def _with_record(found: pl.DataFrame) -> pl.DataFrame:
    """The findings with `explained_record`: the record by which an explanation knows them."""
    of_client = pl.col("section") == "client"
    return found.with_columns(
        explained_record=pl.when(of_client).then("client_record").otherwise("record")
    )


def _explained(agency: Agency, found: pl.DataFrame) -> pl.DataFrame:
    """The findings with `explained`: an explanation holds while the values that it rests on are the same."""
    explanations = Explanation.objects.filter(client__agency=agency).values_list(
        "rule", "part", "item", "client", "record", "basis"
    )
    columns = (*OF_WHAT, "basis")
    known = pl.DataFrame(
        [[str(value) for value in row] for row in explanations],
        schema=dict.fromkeys(columns, pl.String),
        orient="row",
    ).with_columns(explained=pl.lit(value=True))
    return (
        _with_record(found)
        .join(known, on=columns, how="left", maintain_order="left")
        .drop("explained_record")
        .with_columns(
            explained=pl.col("explained").fill_null(value=False) & (pl.col("severity") == WARNING)
        )
    )
