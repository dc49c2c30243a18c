"""Values as spreadsheets and other systems write them, in the spelling that the rules know.

Only where the meaning is certain: what could mean two things, or nothing, stays as it was written, and a rule
objects to it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import product

import polars as pl

from validation.dataset import CoreDataset, DataItem

CANONICAL_DATE = r"^(?:\d{2}/\d{2}/\d{4}|\d{4}-\d{2}-\d{2}|\d{8})$"
TIME = r"[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?$"
MIDNIGHT = r"[ T]00:00(?::00(?:\.0+)?)?(?:Z|\+00:?00)?$"
"""A time behind a date. In another zone than England's the day may be another, but for midnight in Greenwich."""
DATE_SPELLINGS = (
    (r"^\d{1,2}/\d{1,2}/\d{4}$", "%d/%m/%Y"),
    (r"^\d{4}/\d{1,2}/\d{1,2}$", "%Y/%m/%d"),
    (r"^\d{1,2}/[A-Za-z]{3}/\d{4}$", "%d/%b/%Y"),
    (r"^\d{8}$", "%Y%m%d"),
)
"""With every hyphen, full stop and space as a stroke. A day stands before its month, as in England."""
MARKS = "'\u2018\u2019\u201b`\u00b4\u02bc. -"
"""What may stand beside an initial, as in O'."""
STROKED = {"\u00d8": "O", "\u0141": "L", "\u0110": "D", "\u0126": "H"}
"""Letters with a stroke through them, which Unicode does not take apart."""
PLAIN = r"^[A-Za-z0-9 ]+$"
UPPER_CASE = ("agency", "postcode_district")
MOST_LETTERS = 6
LONGEST_INITIAL = 4


def as_meant(
    frame: pl.DataFrame, items: Iterable[DataItem], definition: CoreDataset
) -> pl.DataFrame:
    """The frame (texts by field) with the values that are certain in the one spelling of them.

    The frame itself where nothing is spelled otherwise.
    """
    texts = [i for i in items if frame[i.field].null_count() < frame.height]
    changed = [*_dates(frame, texts), *_codes(frame, texts, definition), *_capitals(frame, texts)]
    return frame.with_columns(changed) if changed else frame


def _dates(frame: pl.DataFrame, items: Iterable[DataItem]) -> list[pl.Expr]:
    """The columns of dates that are spelled otherwise, as dd/mm/yyyy."""
    changed = []
    for item in items:
        if item.type == "date":
            texts = frame.select(text=pl.col(item.field).unique()).filter(
                pl.col("text").str.contains(CANONICAL_DATE).not_()
            )
            meant = texts.with_columns(day=_day(pl.col("text"))).drop_nulls()
            if not meant.is_empty():
                changed.append(pl.col(item.field).replace(meant["text"], meant["day"]))
    return changed


def _day(text: pl.Expr) -> pl.Expr:
    """The date that is meant, as dd/mm/yyyy, or null."""
    day = text.str.replace(MIDNIGHT, "").str.replace(TIME, "").str.replace_all(r"[-. ]", "/")
    return pl.coalesce(
        pl.when(day.str.contains(pattern)).then(day).str.to_date(form, strict=False)
        for pattern, form in DATE_SPELLINGS
    ).dt.strftime("%d/%m/%Y")


def _codes(
    frame: pl.DataFrame, items: Iterable[DataItem], definition: CoreDataset
) -> list[pl.Expr]:
    """The columns of codes and special answers in which some are written in letters of another case."""
    ways = {
        item.field: _other_cases(
            tuple(definition.lists[item.reference_list].codes)
            if item.type == "code"
            else item.special_codes
        )
        for item in items
    }
    ways = {field: codes for field, codes in ways.items() if codes}
    found = frame.select(pl.col(field).is_in(list(codes)).any() for field, codes in ways.items())
    return [
        pl.col(field).replace(codes)
        for (field, codes), is_there in zip(ways.items(), found.row(0) if ways else (), strict=True)
        if is_there
    ]


@lru_cache(maxsize=1024)
def _other_cases(codes: tuple[str, ...]) -> dict[str, str]:
    """Each other way to write the codes in small and capital letters, where it can mean but one of them -> the code."""
    ways: dict[str, set[str]] = {}
    for code in codes:
        if sum(letter.isalpha() for letter in code) <= MOST_LETTERS:
            written = {"".join(w) for w in product(*({c.lower(), c.upper()} for c in code))}
        else:
            written = {code.lower(), code.upper(), code.capitalize()}
        for way in written:
            ways.setdefault(way, set()).add(code)
    return {way: meant.pop() for way, meant in ways.items() if len(meant) == 1 and way not in codes}


def _capitals(frame: pl.DataFrame, items: Iterable[DataItem]) -> list[pl.Expr]:
    """Initials, agency codes and postcode districts in capital letters, where some are not."""
    changed = []
    for item in items:
        column = pl.col(item.field)
        upper = in_capitals(column)
        if item.type == "initial":
            short = column.str.len_chars() <= LONGEST_INITIAL
            texts = frame.select(column.filter(short).unique())[item.field].drop_nulls().to_list()
            meant = {text: initial(text) for text in texts}
            otherwise = {
                text: letter for text, letter in meant.items() if letter not in (None, text)
            }
            if otherwise:
                changed.append(column.replace(otherwise))
        elif item.type in UPPER_CASE and frame.select((column != upper).any()).item():
            changed.append(upper)
    return changed


def in_capitals(text: pl.Expr) -> pl.Expr:
    """The text in capital letters where it is plain letters and digits: a long s is no S."""
    return pl.when(text.str.contains(PLAIN)).then(text.str.to_uppercase()).otherwise(text)


def initial(text: str) -> str | None:
    """The letter A to Z that an initial stands for, or None where it is not certain: E for one with an accent."""
    letters = unicodedata.normalize("NFKD", text.strip(MARKS).upper())
    bare = "".join(STROKED.get(c, c) for c in letters if not unicodedata.combining(c))
    return bare if len(bare) == 1 and "A" <= bare <= "Z" else None
