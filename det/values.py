"""The text of an item (as the extract writes it) and the value that its column holds."""

from __future__ import annotations

import datetime

from det.fields import is_number
from validation.dataset import DataItem

UPPER_CASE = ("initial", "postcode_district")


def stored_value(item: DataItem, text: str) -> str | int | datetime.date | None:
    """The column's value of a text that no malformed rule objects to. Raises ValueError for any other."""
    if item.type == "date":
        return datetime.datetime.strptime(text, "%d/%m/%Y").date() if text else None
    if is_number(item):
        return int(text) if text else None
    if item.type == "integer" and text not in item.special_codes and text:
        return str(int(text))
    return text.upper() if item.type in UPPER_CASE else text
