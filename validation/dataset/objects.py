"""The frozen objects of a core dataset: what a data item is, which answers it takes, which rules hold."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import cached_property

from validation.words import name_key

CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Place:
    """Where a row of the definition stands: file name and line, for messages."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"


@dataclass(frozen=True)
class Dataset:
    """One of the four datasets that an agency reports (standard, 3.1)."""

    code: str
    title: str
    outcomes: str
    """The outcomes profile of the dataset, the tag of its data items (top or ypor)."""
    profile_title: str
    adult: bool
    place: Place = attribute(compare=False)


@dataclass(frozen=True)
class Section:
    """One of the sections of the standard (3.1): client, episode, intervention, ..."""

    id: str
    title: str
    plural: str
    id_field: str
    id_prefix: str
    """What the identifiers begin with that the tool makes."""
    date_field: str
    order: int
    pages: str
    """`group`: a form page for each group of items; `section`: one page for the whole record."""
    place: Place = attribute(compare=False)


@dataclass(frozen=True)
class Group:
    """Data items that are asked for together on one page."""

    id: str
    section: str
    title: str
    style: str
    order: int
    intro: str
    goes_with: tuple[str, tuple[str, ...]] | None
    """An item of a list of the episode and the meanings of its answers without which the group is hardly needed."""
    place: Place = attribute(compare=False)


@dataclass(frozen=True)
class Code:
    """One answer of a reference list."""

    code: str
    text: str
    datasets: frozenset[str]
    valid_from: datetime.date | None
    valid_to: datetime.date | None
    """The last day on which the answer may be given; a successor begins on the next."""
    status: str
    meanings: frozenset[str]
    """Names by which rules and conditions speak of the answer, so that the code stands in one cell only."""
    parent: str
    """Code of the answer of another list in which this one lies (local authority: upper tier), or ''."""
    successors: tuple[str, ...]
    """Codes of the same list that took over, from the day after `valid_to`."""
    synonyms: tuple[str, ...]
    """Everyday, street, brand, old and short names that mean this answer of the list and no other."""
    related: tuple[str, ...]
    """Words that may mean this answer and may mean another: they are never taken for it, but it is offered."""
    place: Place = attribute(compare=False)

    @cached_property
    def exact_keys(self) -> frozenset[str]:
        """The keys (validation.words) of all that is this answer in other letters: its words and its synonyms."""
        return frozenset(name_key(name) for name in (self.text, *self.synonyms))

    def valid_on(self, day: datetime.date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )

    def has_ended(self, day: datetime.date) -> bool:
        """True when the answer is one of the past on that day."""
        return self.valid_to is not None and self.valid_to < day


@dataclass(frozen=True, eq=False)
class ReferenceList:
    """The answers to a coded data item, in the order in which they are offered."""

    name: str
    codes: Mapping[str, Code]

    def for_dataset(self, dataset: str) -> dict[str, Code]:
        return {code: entry for code, entry in self.codes.items() if dataset in entry.datasets}

    def meaning(self, *names: str) -> list[str]:
        """The codes whose meaning is one of the names."""
        return [code for code, entry in self.codes.items() if entry.meanings & set(names)]


@dataclass(frozen=True)
class Condition:
    """When a data item is asked: all clauses hold; a clause holds when one of its fields answers it.

    A clause is (fields, operator, operand): `=` and `!=` compare with meanings of the reference list,
    `=*` asks whether there is an answer, `>=` compares a derived column with a limit.
    """

    clauses: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...]

    @property
    def fields(self) -> set[str]:
        return {name for names, _, _ in self.clauses for name in names}


@dataclass(frozen=True)
class Derivation:
    """How the tool knows an answer that nobody gave; exactly one of `tool`, `lies_in` and `answer` says it."""

    tool: bool
    """The answer is the tool's own name and version."""
    lies_in: str
    """The answer is the code in which that of this field lies (local authority: upper tier)."""
    answer: str
    """A meaning of the item's list, or a whole number, where the condition holds, or after an earlier treatment."""
    condition: Condition | None
    after_treatment: bool
    """The answer is known of a client whose treatment in another episode began before the record's date."""


@dataclass(frozen=True)
class DataItem:
    """One data item: a column of the extract, a field of a record, a question on a form."""

    position: int
    header: str
    section: str
    """The section in which the standard lists the item."""
    record: str
    """The record that holds it in the tool (consent: the client)."""
    field: str
    label: str
    question: str
    hint: str
    group: str
    order: int
    datasets: frozenset[str]
    type: str
    min: int | None
    max: int | None
    max_length: int | None
    special_codes: tuple[str, ...]
    reference_list: str
    required: str
    shown_when: Condition | None
    expected_when: Condition | None
    """When a blank is missed, of an item that is expected; None: whenever it is asked."""
    derived_from: Derivation | None
    dated_by: str
    """The date field (same record) that says when the answer was given, or ''."""
    tags: frozenset[str]
    header_status: str
    note: str
    place: Place = attribute(compare=False)

    @property
    def name(self) -> str:
        """record.field, as rules name the item."""
        return f"{self.record}.{self.field}"

    @property
    def frame(self) -> str:
        """The frame of records in which rules see the item: client items lie beside the episode's."""
        return "episode" if self.record == "client" else self.record

    @property
    def confirmed(self) -> bool:
        return self.header_status == CONFIRMED

    @property
    def expected(self) -> bool:
        return self.required in ("always", "expected")


@dataclass(frozen=True)
class Rule:
    """One row of the rule book; what it tests is an expression in validation.rules, or its kind."""

    id: str
    part: str
    severity: str
    kind: str
    """How the rule is made: a kind of regular rule, `expression`, `file`, or `mismatch`."""
    malformed: bool
    """True when a form refuses the value instead of saving it."""
    identity: bool
    """True when the tool could not say whose record it is, so that an import is refused."""
    scope: str
    items: tuple[str, ...]
    condition: str
    message: str
    source: str
    confidence: str
    note: str
    place: Place = attribute(compare=False)

    @property
    def key(self) -> str:
        return self.id + self.part

    @property
    def joins(self) -> bool:
        """Whether a form refuses its items for what they are together, and not each by itself."""
        return self.malformed and self.kind == "expression"


@dataclass(frozen=True, eq=False)
class CoreDataset:
    """A core dataset: everything that forms, columns, rules and help are made from."""

    edition: str
    """SHA-256 of the tables that it was made from: another one may find other things in the same records."""
    name: str
    title: str
    standard: str
    in_force_from: datetime.date
    in_force_to: datetime.date | None
    datasets: Mapping[str, Dataset]
    sections: Mapping[str, Section]
    groups: Mapping[str, Group]
    items: tuple[DataItem, ...]
    lists: Mapping[str, ReferenceList]
    rules: Mapping[str, Rule]
    limits: Mapping[str, int]
    regions: Mapping[str, str]
    calendar: Mapping[datetime.date, tuple[datetime.date, datetime.date]]
    """Period end -> (last day, regional deadline) where they are known; see validation.periods."""

    @cached_property
    def by_name(self) -> dict[str, DataItem]:
        return {item.name: item for item in self.items}

    @cached_property
    def by_header(self) -> dict[str, DataItem]:
        return {item.header: item for item in self.items}

    @cached_property
    def headers(self) -> list[str]:
        """All headers in the order in which they are written."""
        return [item.header for item in self.items]

    @cached_property
    def frames(self) -> dict[str, tuple[DataItem, ...]]:
        """Frame name -> its data items; client and episode items share the frame `episode`."""
        result: dict[str, list[DataItem]] = {}
        for item in self.items:
            result.setdefault(item.frame, []).append(item)
        return {name: tuple(items) for name, items in result.items()}

    @cached_property
    def children(self) -> tuple[str, ...]:
        """The sections of which an episode has a list, in the standard's order."""
        return tuple(name for name in self.sections if name not in ("client", "episode"))

    def items_of(self, record: str, dataset: str | None = None) -> list[DataItem]:
        """The items that a record holds, in the order of the screen; those of one dataset if given."""
        items = [
            item
            for item in self.items
            if item.record == record and (dataset is None or dataset in item.datasets)
        ]
        return sorted(items, key=lambda item: (self.groups[item.group].order, item.order))

    def tagged(self, frame: str, tag: str, dataset: str | None = None) -> list[str]:
        """Field names of the frame's items that bear the tag, of one dataset if given."""
        return [
            item.field
            for item in self.frames[frame]
            if tag in item.tags and (dataset is None or dataset in item.datasets)
        ]

    def joined_with(self, record: str, fields: Iterable[str]) -> list[str]:
        """The fields of a record's other items that are one decision with some of its fields: a rule joins them."""
        given = {f"{record}.{field}" for field in fields}
        groups = [set(rule.items) for rule in self.rules.values() if rule.joins]
        joined = {name for items in groups if items & given for name in items - given}
        return [item.field for item in self.items_of(record) if item.name in joined]

    def meaning(self, list_name: str, *names: str) -> list[str]:
        """The codes of a list that mean one of the names; KeyError for an unknown list or meaning."""
        codes = self.lists[list_name].meaning(*names)
        if not codes:
            raise KeyError(f"no code of the list {list_name} means {', '.join(names)}")
        return codes

    def groups_of(self, record: str, dataset: str) -> list[tuple[Group, list[DataItem]]]:
        """The groups of a record that have items in the dataset, with these items."""
        items = self.items_of(record, dataset)
        groups = [group for group in self.groups.values() if group.section == record]
        pairs = [(group, [i for i in items if i.group == group.id]) for group in groups]
        return [(group, members) for group, members in pairs if members]

    def provisional(self, values: Iterable[tuple[DataItem, str]]) -> int:
        """How many of the (item, code) pairs are not confirmed."""
        return sum(
            1
            for item, code in values
            if item.reference_list
            and code in self.lists[item.reference_list].codes
            and self.lists[item.reference_list].codes[code].status != CONFIRMED
        )
