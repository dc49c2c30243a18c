"""Cells of CSV files that people open in spreadsheets. The extract itself is not one of them: it is for sending."""

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With one of these in front a spreadsheet takes a cell for a formula."""


def safe(cell: object) -> str:
    """The cell as text, '' for None, marked as text where a spreadsheet would take it for a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text
