"""What people type, read as the extract writes it; and answers, shown as people read them."""

from __future__ import annotations

import datetime
import re

from det.dates import read_date
from det.definition import core_dataset
from det.values import UPPER_CASE
from validation.dataset import Code, DataItem

WHOLE_POSTCODE = re.compile(r"^(?P<district>[A-Z]{1,2}[0-9][A-Z0-9]?) ?[0-9][A-Z]{2}$")


def choices(item: DataItem, dataset: str) -> dict[str, Code]:
    """The answers that the item offers: those of the dataset that have not ended before it came into force."""
    definition = core_dataset()
    codes = definition.lists[item.reference_list].for_dataset(dataset)
    return {
        code: entry
        for code, entry in codes.items()
        if entry.valid_to is None or entry.valid_to >= definition.in_force_from
    }


def is_long(item: DataItem, dataset: str) -> bool:
    """True when the answers are too many for radio buttons."""
    return len(choices(item, dataset)) > core_dataset().limits["long_list"]


def read(item: DataItem, text: str, dataset: str) -> str:
    """The answer as the extract writes it, or the text as typed when it cannot be read (a rule then objects)."""
    text = text.strip()
    if not text:
        return ""
    if item.type == "date":
        day = read_date(text, latest_year=_latest_year(item))
        return f"{day:%d/%m/%Y}" if day else text
    if item.type == "code":
        return _read_code(item, text, dataset)
    if item.type == "integer":
        if text.upper() in item.special_codes:
            return text.upper()
        return str(int(text)) if text.isascii() and text.isdigit() else text
    if item.type == "postcode_district":
        return _district(text)
    return text.upper() if item.type in UPPER_CASE else text


def _district(text: str) -> str:
    """The first part of a postcode; the rest of a whole one is dropped before anything sees it."""
    upper = " ".join(text.upper().split())
    whole = WHOLE_POSTCODE.match(upper)
    return whole["district"] if whole else upper


def _latest_year(item: DataItem) -> int:
    """Somebody born in '85 was born in 1985; everything else happens by next year."""
    this_year = datetime.date.today().year
    return this_year if item.record == "client" else this_year + 1


def _read_code(item: DataItem, text: str, dataset: str) -> str:
    """A code, a word, `Word (code)`, or the beginning of one word only."""
    codes = choices(item, dataset)
    wanted = " ".join(text.lower().split())
    for code, entry in codes.items():
        if wanted in (code.lower(), entry.text.lower(), answer(item, code).lower()):
            return code
    beginnings = [code for code, entry in codes.items() if entry.text.lower().startswith(wanted)]
    return beginnings[0] if len(beginnings) == 1 else text


def answer(item: DataItem, text: str) -> str:
    """The answer in words for a list with `Word (code)`, or the text itself."""
    if item.type == "code":
        entry = core_dataset().lists[item.reference_list].codes.get(text)
        if entry is not None:
            return f"{entry.text} ({entry.code})"
    return text


def unticked(item: DataItem) -> str:
    """What the box of an item says that is not ticked; '' for an item that is no box."""
    if core_dataset().groups[item.group].style != "ticks":
        return ""
    return core_dataset().meaning(item.reference_list, "no")[0]


def shown(item: DataItem, text: str) -> str:
    """The answer as a person reads it on a review page: the word, a date in full."""
    if item.type == "code":
        entry = core_dataset().lists[item.reference_list].codes.get(text)
        return entry.text if entry is not None else text
    if item.type == "date" and text:
        day = datetime.datetime.strptime(text, "%d/%m/%Y").date()
        return f"{day.day} {day:%B %Y}"
    return text
