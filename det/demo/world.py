"""What all makers share: the definition, the day, the period, chance, and how any question is answered."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import TypeVar

from det.demo.life import Answers, Value
from validation.conditions import accepted_codes
from validation.dataset import CoreDataset, DataItem
from validation.periods import Period, current_period

T = TypeVar("T")
Days = datetime.timedelta

USUAL_SHARE = 0.6
"""How often the answer is the usual one, where the list has one."""
OPTIONAL_SHARE = 0.85
"""How often a question is answered that nobody insists on."""
SPECIAL_SHARE = 0.03
"""How often a number is "declined" or "not known", where the item has such an answer."""
HOME_AUTHORITIES = 6

Clause = tuple[tuple[tuple[str, Collection[str]], ...], str, int]


@dataclass
class World:
    """Where lives are made. The same seed gives the same lives, whatever else runs."""

    definition: CoreDataset
    dataset: str
    today: datetime.date
    chance: Random

    def __post_init__(self) -> None:
        self._decks: dict[str, list[str]] = {}
        self._numbers: dict[str, int] = {}
        self._together: dict[datetime.date, datetime.date] = {}
        self._authorities: dict[datetime.date, list[tuple[str, str]]] = {}
        self._used: dict[str, list[str]] = {}
        self._codes: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        self._tagged: dict[tuple[str, str], list[str]] = {}
        self._conditions: dict[str, list[Clause]] = {}

    @cached_property
    def period(self) -> Period:
        return current_period(self.today, self.definition)

    @cached_property
    def adult(self) -> bool:
        return self.definition.datasets[self.dataset].adult

    @cached_property
    def first_day(self) -> datetime.date:
        """The earliest triage: two years ago, and in any case some time before the period."""
        return min(self.today - Days(730), self.period.start - Days(120))

    # Chance

    def happens(self, share: float) -> bool:
        return self.chance.random() < share

    def between(self, least: int, most: int) -> int:
        return self.chance.randint(least, max(least, most))

    def day_between(self, first: datetime.date, last: datetime.date) -> datetime.date:
        return first + Days(self.between(0, (last - first).days))

    def one_of(self, values: Sequence[T]) -> T:
        return self.chance.choice(values)

    def deal(self, deck: str, cards: Iterable[str], allowed: Collection[str] | None = None) -> str:
        """A card of the shuffled deck, one that is allowed; every card comes before any comes again."""
        left = self._decks.setdefault(deck, [])
        place = _first(left, allowed)
        if place is None:
            fresh = [card for card in cards if card not in left]
            self.chance.shuffle(fresh)
            left += fresh
            place = _first(left, allowed)
        if place is None:
            raise ValueError(f"the deck {deck} has no card that is allowed")
        return left.pop(place)

    # Identifiers and days

    def identifier(self, section: str) -> str:
        """The next identifier of the section, as the tool makes them."""
        number = self._numbers[section] = self._numbers.get(section, 0) + 1
        return f"{self.definition.sections[section].id_prefix}{number:06}"

    def together(self, day: datetime.date) -> datetime.date:
        """The last day, up to today, that every reporting period holds which holds this one."""
        if day not in self._together:
            end = current_period(day, self.definition).end
            if end < day:
                next_month = (day.replace(day=1) + Days(31)).replace(day=1)
                end = current_period(next_month, self.definition).end
            self._together[day] = min(end, self.today)
        return self._together[day]

    # The definition

    @cached_property
    def items(self) -> dict[str, list[DataItem]]:
        """The data items of the dataset by record, in the standard's order."""
        return {
            section: [
                item
                for item in self.definition.items
                if item.record == section and self.dataset in item.datasets
            ]
            for section in self.definition.sections
        }

    @cached_property
    def by_name(self) -> dict[str, DataItem]:
        """record.field -> item, of the dataset."""
        return {item.name: item for items in self.items.values() for item in items}

    def collects(self, name: str) -> bool:
        return name in self.by_name

    def codes(self, list_name: str, *meanings: str) -> list[str]:
        """The list's codes in use in the dataset; those of some meanings if given."""
        if not meanings:
            return self._in_use(list_name)
        key = (list_name, meanings)
        if key not in self._codes:
            codes = self.definition.lists[list_name].codes
            self._codes[key] = [
                code
                for code in self._in_use(list_name)
                if codes[code].meanings.intersection(meanings)
            ]
        return self._codes[key]

    def code(self, list_name: str, meaning: str) -> str:
        return self.codes(list_name, meaning)[0]

    def codes_without(self, list_name: str, *meanings: str) -> list[str]:
        left_out = self.codes(list_name, *meanings) if meanings else []
        return [code for code in self._in_use(list_name) if code not in left_out]

    def tagged(self, section: str, tag: str) -> list[str]:
        """Fields of the section that bear the tag."""
        key = (section, tag)
        if key not in self._tagged:
            self._tagged[key] = self.definition.tagged(section, tag, self.dataset)
        return self._tagged[key]

    def _in_use(self, list_name: str) -> list[str]:
        if list_name not in self._used:
            codes = self.definition.lists[list_name].for_dataset(self.dataset).values()
            self._used[list_name] = [
                entry.code
                for entry in codes
                if entry.valid_to is None
                and (entry.valid_from is None or entry.valid_from <= self.first_day)
            ]
        return self._used[list_name]

    def authorities(self, day: datetime.date) -> list[tuple[str, str]]:
        """(local authority, the upper tier in which it lies) that were both in use on the day."""
        if day not in self._authorities:
            upper = self.definition.lists["upper_tier_local_authority"].codes
            self._authorities[day] = [
                (entry.code, entry.parent)
                for entry in self.definition.lists["local_authority"].codes.values()
                if entry.valid_on(day)
                and entry.parent in upper
                and upper[entry.parent].valid_on(day)
            ]
        return self._authorities[day]

    def neighbours(self, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """The few authorities from which most clients come."""
        place = int(self._home * (len(pairs) - HOME_AUTHORITIES))
        return pairs[place : place + HOME_AUTHORITIES]

    @cached_property
    def _home(self) -> float:
        return self.chance.random()

    # Answers

    def answer(self, item: DataItem, allowed: Collection[str] | None = None) -> str:
        """A code for the item, one that is allowed."""
        usual = self.codes(item.reference_list, "usual")
        if usual and allowed is None and self.happens(USUAL_SHARE):
            return usual[0]
        return self.deal(item.name, self._in_use(item.reference_list), allowed)

    def number(self, item: DataItem, most: int | None = None) -> str:
        """A whole number for the item as text, up to `most`, or one of its special answers."""
        if item.special_codes and self.happens(SPECIAL_SHARE):
            return self.one_of(item.special_codes)
        top = item.max or 0
        return str(self.between(item.min or 0, top if most is None else min(most, top)))

    def fill(self, record: str, answers: Answers, known: Answers) -> None:
        """Answers what is asked and not answered yet: codes and numbers; dates and words are their makers' matter.

        `known`: what conditions may ask beyond the record itself.
        """
        for item in self.items[record]:
            if item.field in answers or item.type not in ("code", "integer"):
                continue
            if item.shown_when is None:
                if item.expected or self.happens(OPTIONAL_SHARE):
                    answers[item.field] = self._any(item)
            elif self.is_asked(item, answers, known):
                answers[item.field] = self._any(item)

    def _any(self, item: DataItem) -> str:
        return self.answer(item) if item.type == "code" else self.number(item)

    def is_asked(self, item: DataItem, answers: Answers, known: Answers) -> bool:
        """The condition of validation.conditions, for one record."""
        return all(
            any(
                self._holds(answers.get(name, known.get(name)), operator, codes, limit)
                for name, codes in fields
            )
            for fields, operator, limit in self._clauses(item)
        )

    @staticmethod
    def _holds(value: Value, operator: str, codes: Collection[str], limit: int) -> bool:
        if operator == ">=":
            return not isinstance(value, int) or value >= limit
        if operator == "*":
            return value is not None
        return (value in codes) == (operator == "=")

    def _clauses(self, item: DataItem) -> list[Clause]:
        if item.name not in self._conditions:
            made: list[Clause] = []
            for names, operator, operand in item.shown_when.clauses if item.shown_when else ():
                if operator == ">=":
                    limit = self.definition.limits[operand[0]]
                    made.append((tuple((name, ()) for name in names), operator, limit))
                elif operand == ("*",):
                    made.append((tuple((name, ()) for name in names), "*", 0))
                else:
                    made.append((tuple((name, frozenset(accepted_codes(name, operand, item, self.definition)))
                                       for name in names), operator, 0))  # fmt: skip
            self._conditions[item.name] = made
        return self._conditions[item.name]


def _first(cards: list[str], allowed: Collection[str] | None) -> int | None:
    """The place of the first card that is allowed."""
    if allowed is None:
        return 0 if cards else None
    return next((n for n, card in enumerate(cards) if card in allowed), None)
