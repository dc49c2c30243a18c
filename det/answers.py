"""What people type, read as the extract writes it; and answers, shown as people read them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from det.dates import doubt, in_full, read_date
from det.definition import core_dataset
from det.nearest import nearest
from det.values import UPPER_CASE
from validation.dataset import Code, DataItem
from validation.words import name_key, plain

WHOLE_POSTCODE = re.compile(r"^(?P<district>[A-Z]{1,2}[0-9][A-Z0-9]?) ?[0-9][A-Z]{2}$")
RADIOS, SELECT, TEXT = "radios", "select", "text"
"""The ways to answer a question: its answers below one another, in a list that opens, or typed."""


@dataclass(frozen=True)
class Reading:
    """What was made of a text that somebody typed."""

    text: str
    """As the extract writes it; as typed where it cannot be read (a rule then objects)."""
    taken: bool = False
    """True when the text stands for something that was not literally typed, so that one has to be told."""
    is_question: bool = False
    """True when it may be several answers of the list, or none: nothing is taken, one is asked."""
    nearest: tuple[Code, ...] = ()
    """What to ask: the answers that may have been meant, best first."""
    doubt: str = ""
    """Why it is not taken although it could be read, as a sentence."""


def choices(
    item: DataItem, dataset: str, *, day: datetime.date | None = None, kept: str = ""
) -> dict[str, Code]:
    """The answers that the item offers: those of the dataset that have not ended before the day of the answer.

    Where the day is not known: before the definition came into force. `kept` is the code that is saved: it stays.
    """
    definition = core_dataset()
    day = day or definition.in_force_from
    codes = definition.lists[item.reference_list].for_dataset(dataset)
    return {
        code: entry for code, entry in codes.items() if code == kept or not entry.has_ended(day)
    }


def kind(item: DataItem, dataset: str) -> str:
    """How the item is answered: RADIOS, SELECT or TEXT; what is not coded is typed."""
    if item.type != "code":
        return TEXT
    limits = core_dataset().limits
    number = len(choices(item, dataset))
    if number > limits["long_list"]:
        return TEXT
    return RADIOS if number <= limits["most_radios"] else SELECT


def is_long(item: DataItem, dataset: str) -> bool:
    """True when the answers are so many that one is typed."""
    return item.type == "code" and kind(item, dataset) == TEXT


def read(item: DataItem, text: str, dataset: str) -> str:
    """The answer as the extract writes it, or the text as typed when it cannot be read (a rule then objects)."""
    return interpret(item, text, dataset).text


def interpret(
    item: DataItem, text: str, dataset: str, *, day: datetime.date | None = None, kept: str = ""
) -> Reading:
    """What a text means as an answer to the item; `day` and `kept` as in `choices`. Nothing is guessed."""
    text = text.strip()
    if not text:
        return Reading("")
    if item.type == "code":
        return _code(item, text, dataset, choices(item, dataset, day=day, kept=kept), kept, day)
    if item.type in READERS:
        return READERS[item.type](item, text)
    return Reading(text.upper() if item.type in UPPER_CASE else text)


def _date(item: DataItem, text: str) -> Reading:
    latest_year = _latest_year(item)
    day = read_date(text, latest_year=latest_year)
    if day is None:
        return Reading(text, doubt=doubt(text, latest_year=latest_year))
    return Reading(f"{day:%d/%m/%Y}", taken=str(day.year) not in text)


def _latest_year(item: DataItem) -> int:
    """Somebody born in '85 was born in 1985; everything else happens by next year."""
    this_year = datetime.date.today().year
    return this_year if item.record == "client" else this_year + 1


def _integer(item: DataItem, text: str) -> Reading:
    if text.upper() in item.special_codes:
        return Reading(text.upper())
    return Reading(str(int(text)) if text.isascii() and text.isdigit() else text)


def _district(item: DataItem, text: str) -> Reading:
    """The first part of a postcode; the rest of a whole one is dropped before anything sees it."""
    upper = " ".join(text.upper().split())
    whole = WHOLE_POSTCODE.match(upper)
    return Reading(whole["district"], taken=True) if whole else Reading(upper)


def _initial(item: DataItem, text: str) -> Reading:
    """One letter without its marks: É is E, O' is O, so that two people arrive at the same one."""
    letter = plain(text).upper()
    if len(letter) == 1 and "A" <= letter <= "Z":
        return Reading(letter, taken=letter != text.upper())
    return Reading(text.upper())


READERS: dict[str, Callable[[DataItem, str], Reading]] = {
    "date": _date,
    "integer": _integer,
    "postcode_district": _district,
    "initial": _initial,
}


def _code(
    item: DataItem,
    text: str,
    dataset: str,
    codes: dict[str, Code],
    kept: str,
    day: datetime.date | None,
) -> Reading:
    """What is chosen is a code. What is typed is `Word (code)`, a word, a synonym, or a code; else a question."""
    is_typed = is_long(item, dataset)
    if text == kept or (text in codes and not is_typed):
        return Reading(text)
    return find(text, codes, by_code=is_typed, day=day)


def find(
    text: str, codes: dict[str, Code], *, by_code: bool = True, day: datetime.date | None = None
) -> Reading:
    """The answer among the codes that the text is, be it only in other letters, or a question.

    Of answers with the same words it is the one that was in use on the day of the answer, today unless it is given.
    """
    written = text.casefold()
    for code, entry in codes.items():
        if written in (with_code(entry).casefold(), f"{entry.text} ({code})".casefold()):
            return Reading(code)
    name = name_key(text)
    named = [c for c in codes.values() if name_key(c.text) == name]
    meant = [c for c in named if c.valid_on(day or datetime.date.today())] or named
    synonym = not meant
    meant = meant or [c for c in codes.values() if name in c.exact_keys]
    if not meant and by_code:
        meant = _by_code(text, codes.values())
    if len(meant) == 1:
        return Reading(meant[0].code, taken=synonym)
    return Reading(text, is_question=True, nearest=nearest(text, codes.values()))


def _by_code(text: str, answers: Iterable[Code]) -> list[Code]:
    """The answer with the code. One in letters may be the beginning of a word as well: then all that begin so."""
    answers = list(answers)
    code = text.casefold()
    found = [a for a in answers if a.code.casefold() == code]
    if not found or not code.isalpha():
        return found
    return [a for a in answers if a in found or any(k.startswith(code) for k in a.exact_keys)]


def told(item: DataItem, typed: str, reading: Reading) -> str:
    """What was taken, as a sentence for whoever typed something else; '' where nothing was."""
    if not reading.taken:
        return ""
    if item.type == "postcode_district":
        # The rest of it is said nowhere.
        return f"{item.question}: only {reading.text} of the whole postcode was saved."
    answer = shown(item, reading.text)
    return f"{item.question}: you typed {typed.strip()}, saved as {answer}."


# Shown


def words(entry: Code) -> str:
    """The words of an answer, and when it ended."""
    if entry.valid_to is None or not entry.has_ended(datetime.date.today()):
        return entry.text
    return f"{entry.text} (ended {in_full(entry.valid_to)})"


def with_code(entry: Code) -> str:
    """`Word (code)`, as it stands in a text box."""
    return f"{words(entry)} ({entry.code})"


def answer(item: DataItem, text: str) -> str:
    """The answer in words for a list with `Word (code)`, or the text itself."""
    entry = _entry(item, text)
    return text if entry is None else with_code(entry)


def unticked(item: DataItem) -> str:
    """What the box of an item says that is not ticked; '' for an item that is no box."""
    if core_dataset().groups[item.group].style != "ticks":
        return ""
    return core_dataset().meaning(item.reference_list, "no")[0]


def shown(item: DataItem, text: str) -> str:
    """The answer as a person reads it on a review page: the word, a date in full."""
    if item.type == "date" and text:
        return in_full(datetime.datetime.strptime(text, "%d/%m/%Y").date())
    entry = _entry(item, text)
    return text if entry is None else words(entry)


def _entry(item: DataItem, code: str) -> Code | None:
    if item.type != "code":
        return None
    return core_dataset().lists[item.reference_list].codes.get(code)
