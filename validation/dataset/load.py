"""Reads a folder of tables (CSV, UTF-8) into a CoreDataset; every mistake names file and line."""

from __future__ import annotations

import csv
import datetime
import re
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from validation.dataset.objects import (
    Code,
    Condition,
    CoreDataset,
    DataItem,
    Dataset,
    Derivation,
    Group,
    Place,
    ReferenceList,
    Rule,
    Section,
)

K = TypeVar("K")
T = TypeVar("T")
AUTHORITY_LISTS = {
    "local_authority": ("lower", "unitary"),
    "upper_tier_local_authority": ("upper", "unitary"),
}
CLAUSE = re.compile(r"^(?P<fields>[a-z0-9_|]+)(?P<operator>!=|>=|=)(?P<operand>[a-z0-9_|*]+)$")


DERIVED = re.compile(
    r"^(?P<tool>this_tool)$|^upper_tier_of (?P<lies_in>[a-z0-9_]+)$"
    r"|^(?P<answer>[a-z0-9_]+) (?:when (?P<condition>.+)|(?P<after>after_treatment))$"
)
GOES_WITH = re.compile(r"^(?P<item>[a-z_]+\.[a-z0-9_]+)=(?P<meanings>[a-z_|]+)$")


class DefinitionError(ValueError):
    """A table of the definition cannot be read; the message names file and line."""


class Row(dict[str, str]):
    """A row of a table that knows where it stands; a missing column is a DefinitionError."""

    def __init__(self, values: dict[str, str], place: Place) -> None:
        super().__init__(values)
        self.place = place

    def __missing__(self, column: str) -> str:
        raise DefinitionError(f"{self.place}: there is no column {column}")

    def number(self, column: str) -> int | None:
        if not self[column]:
            return None
        try:
            return int(self[column])
        except ValueError:
            raise DefinitionError(
                f"{self.place}: {column} is {self[column]}, not a whole number"
            ) from None

    def day(self, column: str) -> datetime.date:
        date = self.date(column)
        if date is None:
            raise DefinitionError(f"{self.place}: {column} is missing")
        return date

    def date(self, column: str) -> datetime.date | None:
        if not self[column]:
            return None
        try:
            return datetime.datetime.strptime(self[column], "%d/%m/%Y").date()
        except ValueError:
            raise DefinitionError(
                f"{self.place}: {column} is {self[column]}, not a date dd/mm/yyyy"
            ) from None

    def flag(self, column: str) -> bool:
        if self[column] not in ("", "yes", "no"):
            raise DefinitionError(f"{self.place}: {column} is {self[column]}, not yes or no")
        return self[column] == "yes"

    def names(self, column: str) -> tuple[str, ...]:
        return tuple(part for part in self[column].split(";") if part)


def rows(folder: Path, name: str) -> Iterator[Row]:
    """The rows of a table; the second line of the file is the first row."""
    path = folder / name
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            columns = reader.fieldnames or []
            if len(set(columns)) != len(columns):
                raise DefinitionError(f"{name}, line 1: a column is there twice")
            for values in reader:
                place = Place(name, reader.line_num)
                if None in values or None in values.values():
                    raise DefinitionError(f"{place}: the row has more or fewer values than columns")
                yield Row({key: value.strip() for key, value in values.items()}, place)
    except FileNotFoundError:
        raise DefinitionError(f"{name}: the file is missing") from None
    except OSError as error:
        raise DefinitionError(f"{name}: cannot be opened: {error.strerror}") from None
    except (csv.Error, UnicodeDecodeError) as error:
        raise DefinitionError(f"{name}: cannot be read as CSV: {error}") from None


def condition(text: str, place: Place) -> Condition | None:
    """`sex!=male and substance_1|substance_2=alcohol` as a Condition; None for an empty text."""
    if not text:
        return None
    clauses = []
    for part in text.split(" and "):
        match = CLAUSE.match(part.strip())
        if not match:
            raise DefinitionError(f"{place}: the condition '{part}' cannot be read")
        clauses.append(
            (
                tuple(match["fields"].split("|")),
                match["operator"],
                tuple(match["operand"].split("|")),
            )
        )
    return Condition(tuple(clauses))


def derivation(text: str, place: Place) -> Derivation | None:
    """`upper_tier_of local_authority`, `this_tool`, `yes after_treatment` or `0 when parental_status=not_a_parent`;
    None for an empty text."""
    if not text:
        return None
    match = DERIVED.match(text)
    if not match:
        raise DefinitionError(f"{place}: derived_from '{text}' cannot be read")
    return Derivation(
        tool=bool(match["tool"]),
        lies_in=match["lies_in"] or "",
        answer=match["answer"] or "",
        condition=condition(match["condition"] or "", place),
        after_treatment=bool(match["after"]),
    )


def goes_with(text: str, place: Place) -> tuple[str, tuple[str, ...]] | None:
    """`intervention.intervention_type=pharmacological` as an item's name and meanings; None for an empty text."""
    if not text:
        return None
    match = GOES_WITH.match(text)
    if not match:
        raise DefinitionError(f"{place}: goes_with '{text}' cannot be read")
    return match["item"], tuple(match["meanings"].split("|"))


def item(row: Row) -> DataItem:
    return DataItem(
        position=row.number("position") or 0,
        header=row["header"],
        section=row["section"],
        record=row["record"],
        field=row["field"],
        label=row["label"],
        question=row["question"],
        hint=row["hint"],
        group=row["group"],
        order=row.number("order") or 0,
        datasets=frozenset(row.names("datasets")),
        type=row["type"],
        min=row.number("min"),
        max=row.number("max"),
        max_length=row.number("max_length"),
        special_codes=row.names("special_codes"),
        reference_list=row["reference_list"],
        required=row["required"],
        shown_when=condition(row["shown_when"], row.place),
        expected_when=condition(row["expected_when"], row.place),
        derived_from=derivation(row["derived_from"], row.place),
        dated_by=row["dated_by"],
        tags=frozenset(row.names("tags")),
        header_status=row["header_status"],
        note=row["note"],
        place=row.place,
    )


def _named(names: Iterable[str], items: Iterable[DataItem]) -> tuple[str, ...]:
    """The names of items, `record#tag` being those of the record with the tag; one that names none stays."""
    found: list[str] = []
    for name in names:
        record, _, tag = name.partition("#")
        tagged = [item.name for item in items if item.record == record and tag in item.tags]
        found += tagged or [name]
    return tuple(found)


def rule(row: Row, items: Iterable[DataItem]) -> Rule:
    return Rule(
        id=row["id"],
        part=row["part"],
        severity=row["severity"],
        kind=row["kind"],
        malformed=row.flag("malformed"),
        identity=row.flag("identity"),
        scope=row["scope"],
        items=_named(row.names("items"), items),
        condition=row["condition"],
        message=row["message"],
        source=row["source"],
        confidence=row["confidence"],
        note=row["note"],
        place=row.place,
    )


def reference_lists(folder: Path, datasets: frozenset[str]) -> dict[str, ReferenceList]:
    """The lists of reference_data.csv and the two lists of local authorities."""
    lists: dict[str, dict[str, Code]] = {}

    def add(name: str, code: Code) -> None:
        codes = lists.setdefault(name, {})
        if code.code in codes:
            raise DefinitionError(f"{code.place}: the code {code.code} is twice in {name}")
        codes[code.code] = code

    for row in rows(folder, "reference_data.csv"):
        add(
            row["list"],
            Code(
                code=row["code"],
                text=row["text"],
                datasets=frozenset(row.names("datasets")),
                valid_from=row.date("valid_from"),
                valid_to=row.date("valid_to"),
                status=row["code_status"],
                meanings=frozenset(row.names("meaning")),
                # An answer that is no authority, such as outside England, lies in itself.
                parent=row["code"] if row["list"] in AUTHORITY_LISTS else "",
                successors=(),
                synonyms=row.names("synonyms"),
                related=row.names("related"),
                place=row.place,
            ),
        )
    for row in rows(folder, "local_authorities.csv"):
        if not any(row["tier"] in tiers for tiers in AUTHORITY_LISTS.values()):
            raise DefinitionError(f"{row.place}: the tier '{row['tier']}' is unknown")
        for name, tiers in AUTHORITY_LISTS.items():
            if row["tier"] in tiers:
                add(
                    name,
                    Code(
                        code=row["code"],
                        text=row["name"],
                        datasets=datasets,
                        valid_from=row.date("valid_from"),
                        valid_to=row.date("valid_to"),
                        status="confirmed",
                        meanings=frozenset(),
                        parent=row["upper_tier_code"],
                        successors=row.names("successors"),
                        synonyms=row.names("synonyms"),
                        related=row.names("related"),
                        place=row.place,
                    ),
                )
    return {name: ReferenceList(name, codes) for name, codes in lists.items()}


def unique(pairs: Iterator[tuple[K, T, Place]], what: str) -> dict[K, T]:
    result: dict[K, T] = {}
    for key, value, place in pairs:
        if key in result:
            raise DefinitionError(f"{place}: the {what} {key} is there twice")
        result[key] = value
    return result


def _edition(folder: Path) -> str:
    tables = sorted(folder.glob("*.csv"))
    named = [(table.name, sha256(table.read_bytes()).hexdigest()) for table in tables]
    return sha256(repr(named).encode()).hexdigest()


@cache
def load(folder: Path) -> CoreDataset:
    """The core dataset whose tables lie in the folder. Raises DefinitionError."""
    about = {row["key"]: row for row in rows(folder, "dataset.csv")}

    def value(key: str) -> Row:
        if key not in about:
            raise DefinitionError(f"dataset.csv: there is no row {key}")
        return about[key]

    datasets = unique(
        (
            (
                row["code"],
                Dataset(
                    code=row["code"],
                    title=row["title"],
                    outcomes=row["outcomes"],
                    profile_title=row["profile_title"],
                    adult=row.flag("adult"),
                    place=row.place,
                ),
                row.place,
            )
            for row in rows(folder, "datasets.csv")
        ),
        "dataset",
    )
    sections = unique(
        (
            (
                row["id"],
                Section(
                    id=row["id"],
                    title=row["title"],
                    plural=row["plural"],
                    id_field=row["id_field"],
                    id_prefix=row["id_prefix"],
                    date_field=row["date_field"],
                    order=row.number("order") or 0,
                    pages=row["pages"],
                    place=row.place,
                ),
                row.place,
            )
            for row in rows(folder, "sections.csv")
        ),
        "section",
    )
    groups = unique(
        (
            (
                row["group"],
                Group(
                    id=row["group"],
                    section=row["section"],
                    title=row["title"],
                    style=row["style"],
                    order=row.number("order") or 0,
                    intro=row["intro"],
                    goes_with=goes_with(row["goes_with"], row.place),
                    place=row.place,
                ),
                row.place,
            )
            for row in rows(folder, "groups.csv")
        ),
        "group",
    )
    items = tuple(
        sorted((item(row) for row in rows(folder, "data_items.csv")), key=lambda i: i.position)
    )
    return CoreDataset(
        name=value("name")["value"],
        title=value("title")["value"],
        standard=value("standard")["value"],
        in_force_from=value("in_force_from").day("value"),
        in_force_to=value("in_force_to").date("value"),
        datasets=datasets,
        sections=dict(sorted(sections.items(), key=lambda pair: pair[1].order)),
        groups=dict(sorted(groups.items(), key=lambda pair: pair[1].order)),
        items=items,
        lists=reference_lists(folder, frozenset(datasets)),
        rules=unique(
            (
                (row["id"] + row["part"], rule(row, items), row.place)
                for row in rows(folder, "rules.csv")
            ),
            "rule",
        ),
        limits=unique(
            (
                (row["name"], row.number("value") or 0, row.place)
                for row in rows(folder, "limits.csv")
            ),
            "limit",
        ),
        regions=unique(
            ((row["region"], row["email"], row.place) for row in rows(folder, "regions.csv")),
            "region",
        ),
        calendar=unique(
            (
                (row.day("period_end"), (row.day("last_day"), row.day("deadline")), row.place)
                for row in rows(folder, "calendar.csv")
            ),
            "period end",
        ),
        # Last: what cannot be read was told by then, with its line.
        edition=_edition(folder),
    )
