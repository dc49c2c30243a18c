"""A transfer: the extract of a period with everything that is to be known before it is sent."""

from __future__ import annotations

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
from validation.records import KEYS
from validation.rules import GROUPS


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
    def load_percentage(self) -> int:
        return share_without(self.units, self.open_findings(ERROR), ERROR)

    @cached_property
    def data_quality_percentage(self) -> int:
        return share_without(self.units, self.open_findings(WARNING), WARNING)

    @property
    def may_be_transferred(self) -> bool:
        """Errors block a transfer; warnings do not, but 100 % is what a submission needs."""
        return self.load_percentage == 100

    @cached_property
    def provisional_codes(self) -> int:
        return provisional_codes(self.selection.records)

    @cached_property
    def provisional_headers(self) -> list[str]:
        return provisional_headers(self.rows)


def prepare_transfer(agency: Agency, period: Period) -> Transfer:
    """Selects, lays out and judges the agency's records for a period. Stores nothing."""
    selection = select(records_of(agency), period)
    found = check(
        selection.records,
        core_dataset(),
        agency.dataset,
        today=today(),
        period_end=period.end,
        with_basis=True,
    )
    return Transfer(
        agency, period, selection, lay_out(selection.records), _explained(agency, found)
    )


def _explained(agency: Agency, found: pl.DataFrame) -> pl.DataFrame:
    """The findings with `explained`: an explanation holds while the values that it rests on are the same.

    Of a group of clients the period may leave some out: then an explanation for more of them holds for these.
    """
    explanations = Explanation.objects.filter(client__agency=agency).values_list(
        "rule", "part", "item", "client", "record", "basis"
    )
    key = ("rule", "part", "item", "client_record", "explained_record")
    columns = (*key, "basis")
    known = pl.DataFrame(
        [[str(value) for value in row] for row in explanations],
        schema=dict.fromkeys(columns, pl.String),
        orient="row",
    ).rename({"basis": "explained_basis"})
    of_client = pl.col("section") == "client"
    return (
        found.with_columns(
            explained_record=pl.when(of_client).then("client_record").otherwise("record")
        )
        .join(known, on=key, how="left", maintain_order="left")
        .with_columns(explained=_holds().fill_null(value=False) & (pl.col("severity") == WARNING))
        .drop("explained_record", "explained_basis")
    )


def _holds() -> pl.Expr:
    """Whether an explanation is about what a finding rests on, or about a group that these clients are part of."""
    now, then = pl.col("basis"), pl.col("explained_basis")
    of_group = pl.concat_str("rule", "part").is_in(sorted(GROUPS))
    shared, who = r"\|[^|]*$", r"[^|]*$"
    left_over = (
        now.str.extract(f"({who})")
        .str.split(",")
        .list.set_difference(then.str.extract(f"({who})").str.split(","))
    )
    is_part = (now.str.replace(shared, "") == then.str.replace(shared, "")) & (
        left_over.list.len() == 0
    )
    return (now == then) | (of_group & is_part)
