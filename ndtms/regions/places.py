"""Local authorities and the regions that they lie in, from the definition of the data set."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path

from django.conf import settings

from det.answers import Reading, find
from det.definition import core_dataset
from validation.dataset import Code
from validation.dataset.load import rows


@cache
def _regions(folder: Path) -> dict[str, str]:
    return {row["code"]: row["ndtms_region"] for row in rows(folder, "local_authorities.csv")}


def region_of(authority: str) -> str:
    """The region in which the local authority lies, or '' for a code that is not one."""
    return _regions(settings.DATASET_FOLDER).get(authority, "")


def authorities(*, day: datetime.date, region: str = "") -> dict[str, Code]:
    """The local authorities in which an agency can lie on the day; those of one region if given."""
    return {
        code: entry
        for code, entry in core_dataset().lists["local_authority"].codes.items()
        if entry.valid_on(day)
        and code in _regions(settings.DATASET_FOLDER)
        and region in ("", region_of(code))
    }


def in_words(authority: str) -> str:
    """`Name (code)` of a local authority, or ''."""
    entry = core_dataset().lists["local_authority"].codes.get(authority)
    return f"{entry.text} ({entry.code})" if entry else ""


def read_authority(text: str, *, day: datetime.date) -> Reading:
    """What was typed: a code, a name, another name of it, or `Name (code)`; anything else is a question."""
    return find(text.strip(), authorities(day=day))
