"""What is typed into the search of the client list, as conditions on clients."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import CharField, F, Q, Value
from django.db.models.functions import Replace
from django.utils import timezone

from det.dates import read_date

DASHES = re.compile("[‐‑‒–—―−]")
AFTER_INITIAL = re.compile(r"(?<![^\W\d_])([^\W\d_])\.")
"""A full stop behind a single letter: `J.S.`"""
EARLIEST_YEAR = 1900


@dataclass(frozen=True)
class Initials:
    """Two letters that were typed apart: people also write the surname first."""

    first: str
    last: str

    @property
    def condition(self) -> Q:
        as_typed = _initials(self.first, self.last) | _initials(self.last, self.first)
        return as_typed | _reference(f"{self.first} {self.last}")


def without_dashes(field: str) -> Replace:
    """The text of a column without its dashes."""
    return Replace(F(field), Value("-"), Value(""), output_field=CharField())


def conditions(text: str) -> list[Q]:
    """All that a client must fulfil to fit what was typed; nothing typed asks nothing.

    A word is part of a reference or identifier (dashes do not count), one or two initials, or a year of birth; several
    words together may be a date of birth, alone or beside initials. The conditions rest on clients annotated with
    `plain_reference` and `plain_id`, which are those columns without dashes.
    """
    words = AFTER_INITIAL.sub(r"\1 ", DASHES.sub("-", text)).split()
    latest = timezone.localdate().year
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            day = read_date(" ".join(words[start : start + length]), latest_year=latest)
            if day is not None:
                typed = _reference(" ".join(words[start : start + length]))
                rest = words[:start] + words[start + length :]
                return [Q(birth_date=day) | typed, *map(_condition, _paired(rest))]
    return [_condition(word) for word in _paired(words)]


def _paired(words: list[str]) -> list[str | Initials]:
    """The words; two single letters one after the other are one thing."""
    found: list[str | Initials] = []
    for word in words:
        before = found[-1] if found else None
        if isinstance(before, str) and _is_letter(before) and _is_letter(word):
            found[-1] = Initials(before, word)
        else:
            found.append(word)
    return found


def _is_letter(word: str) -> bool:
    return len(word) == 1 and word.isalpha()


def _condition(word: str | Initials) -> Q:
    if isinstance(word, Initials):
        return word.condition
    found = _reference(word)
    if word.isalpha() and len(word) <= 2:
        found |= _initials(*word)
    if re.fullmatch(r"\d{4}", word, re.ASCII) and int(word) >= EARLIEST_YEAR:
        found |= Q(birth_date__year=int(word))
    return found


def _initials(first: str, last: str = "") -> Q:
    found = Q(first_initial__iexact=first)
    return found & Q(last_initial__iexact=last) if last else found


def _reference(text: str) -> Q:
    """Part of a reference or an identifier. What is nothing but dashes is part of none."""
    plain = text.replace("-", "")
    if not plain:
        return Q(pk__in=[])
    return Q(plain_reference__icontains=plain) | Q(plain_id__icontains=plain)
