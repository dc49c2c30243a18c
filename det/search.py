"""What is typed into the search of the client list, as conditions on clients."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from django.db.models import CharField, Q, Value
from django.db.models.functions import Concat, Replace
from django.utils import timezone

from det.dates import read_date

DASHES = re.compile("[‐‑‒–—―−]")
AFTER_INITIAL = re.compile(r"(?<![^\W\d_])([^\W\d_])\.")
"""A full stop behind a single letter: `J.S.`"""
EARLIEST_YEAR = 1900
NOT_COUNTED = "-/_ "
"""What does not count in a reference or identifier: people write J2376/5 as J23765 and J2376-5."""
BETWEEN = re.compile(r"[,;()\[\]\"“”]")
"""Punctuation that parts words, be there a blank or not."""
AROUND = f".:!?'‘’{NOT_COUNTED}"
"""What says nothing at the beginning or end of a word. Inside it may, as in 16.8.1997."""
SAID = re.compile(r"(?<!\S)(?:born|reference|no initials|no date of birth)(?!\S)", re.IGNORECASE)
"""What we write between the initials, date of birth and reference of a client (det.presenters.words.person)."""
MONTH = re.compile(r"[a-z]{3,} \d{4}|\d{1,2}[/.-]\d{4}", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Initials:
    """Two letters that were typed apart: people also write the surname first."""

    first: str
    last: str

    @property
    def condition(self) -> Q:
        as_typed = _initials(self.first, self.last) | _initials(self.last, self.first)
        return as_typed | _reference(f"{self.first} {self.last}")


def plain() -> Concat | Replace:
    """Reference and identifier of a client without what does not count in them, one above the other.

    No word holds the end of a line, so that none is found in the end of one and the beginning of the other.
    """
    found: Concat | Replace = Concat(
        "client_reference", Value("\n"), "client_id", output_field=CharField()
    )
    for mark in NOT_COUNTED:
        found = Replace(found, Value(mark), Value(""))
    return found


def conditions(text: str) -> list[Q]:
    """All that a client must fulfil to fit what was typed; nothing typed asks nothing.

    A word is part of a reference or identifier, one or two initials, or a year of birth; several words together may be
    a date of birth or its month, alone or beside initials. Punctuation and the words in which we name people do not
    count. The conditions rest on clients annotated with `plain` (see there).
    """
    words = _words(text)
    if not words:
        return [Q(pk__in=[])] if text.strip() else []
    latest = timezone.localdate().year
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            typed = " ".join(words[start : start + length])
            born = _born(typed, latest)
            if born:
                rest = words[:start] + words[start + length :]
                return [born | _reference(typed), *map(_condition, _paired(rest))]
    return [_condition(word) for word in _paired(words)]


def _words(text: str) -> list[str]:
    """The words that say something; those that we ourselves write only where somebody typed nothing else."""
    text = AFTER_INITIAL.sub(r"\1 ", BETWEEN.sub(" ", DASHES.sub("-", text)))
    words = list(filter(None, (word.strip(AROUND) for word in text.split())))
    return SAID.sub(" ", " ".join(words)).split() or words


def _born(text: str, latest_year: int) -> Q | None:
    """Who was born then, if the text is a date, or a month of a year."""
    day = read_date(text, latest_year=latest_year)
    if day:
        return Q(birth_date=day)
    first = read_date(f"1 {text}", latest_year=latest_year) if MONTH.fullmatch(text) else None
    if first is None:
        return None
    following = (first + datetime.timedelta(days=31)).replace(day=1)
    # Not by the number of the month, for which SQLite would ask Python about each client.
    return Q(birth_date__gte=first, birth_date__lt=following)


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
    """Part of a reference or an identifier."""
    for mark in NOT_COUNTED:
        text = text.replace(mark, "")
    return Q(plain__icontains=text)
