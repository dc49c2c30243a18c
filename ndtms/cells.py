"""Cells of CSV files that people open in spreadsheets. The extract itself is not one of them: it is for sending."""

from __future__ import annotations

import polars as pl

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With one of these in front a spreadsheet takes a cell for a formula."""


def safe(cell: object) -> str:
    """The cell as text, '' for None, marked as text where a spreadsheet would take it for a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def safe_column(name: str) -> pl.Expr:
    """A column with its cells made safe in the same way; null is blank."""
    text = pl.col(name).cast(pl.String).fill_null("")
    is_formula = pl.any_horizontal(text.str.starts_with(sign) for sign in FORMULA)
    return pl.when(is_formula).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(name)
