"""Where a definition contradicts itself: a table of small checks, each of which names file and line.

A definition that passes can be read by everything that is made from it: every reference leads somewhere, and
every rule can be made for every dataset.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

import polars as pl

from validation import wording
from validation.conditions import find
from validation.dataset.objects import CONFIRMED, Code, CoreDataset, DataItem, Place, Rule
from validation.engine import check as judge
from validation.periods import period_ending
from validation.prepare import prepare
from validation.records import ORIGIN, Records, gather
from validation.rules import EXPRESSIONS, GROUPS
from validation.rules.book import Setting
from validation.rules.regular import KINDS, made_from_items
from validation.words import name_key

K = TypeVar("K")
Mistake = tuple[Place, str]
Check = Callable[[CoreDataset], Iterator[Mistake]]

TYPES = {"agency", "code", "date", "identifier", "initial", "integer", "postcode_district", "text"}
LIMITED_TYPES = {"agency", "identifier", "postcode_district", "text"}
"""Types whose items say how many characters they take."""
STATUSES = {CONFIRMED, "reconstructed", "placeholder"}
SEVERITIES = {"file", "error", "warning", "mismatch"}
WRITTEN = {"expression", "ticked", "uncollected"}
"""Kinds of rules that have an entry in validation.rules.EXPRESSIONS."""
OTHER_KINDS = {"file", "one_agency", "not_collected", "no_consent", "mismatch"}
ABOUT_ROWS = {*KINDS, "expression", "ticked"}
"""Kinds whose messages may speak of the columns of a frame."""
KINDS_WITH_ITEM = WRITTEN | {"required", "one_agency", "no_consent"}
KINDS_OF_FILES = {"file", "one_agency"}
TYPE_OF_KIND = {
    "date": "date",
    "future": "date",
    "far_ahead": "date",
    "after_period": "date",
    "integer": "integer",
    "range": "integer",
    "code": "code",
    "label": "code",
    "code_dataset": "code",
    "closed": "code",
    "initial": "initial",
    "agency": "agency",
    "postcode": "postcode_district",
}
"""The type of items that a kind of regular rule judges, of the kinds that judge one type only."""
STYLES = {"fields", "ticks"}
PAGES = {"group", "section"}
DERIVED = {"age_at_latest_triage"}
"""What a condition may compare with a limit."""
OF_THE_EPISODE = {"first_start"}
"""Columns beside the items (docs/rules.md) of which `expected_when` may ask."""
LIMITS = (
    "earliest_year",
    "years_ahead",
    "most_radios",
    "long_list",
    "deadline_day",
    "july_last_day",
    "july_deadline_day",
)
"""Limits that something other than a rule looks up."""
TAGS = {
    "client": {"without_consent"},
    "episode": {"plan"},
    "intervention": {"kind", "plan"},
    "sub_intervention_review": {
        "sub_intervention",
        "pharmacological",
        "psychosocial",
        "recovery_support",
        "opioid_medicine",
        "methadone",
        "oral_buprenorphine",
    },
    "outcomes_profile": {
        "kind",
        "rating",
        "substance_days",
        "drug_days",
        "alcohol_days",
        "opiate_or_crack_days",
    },
}
"""Record -> the tags by which the code asks for its items, beside the tag of the outcomes profile."""
PROFILE = "outcomes_profile"
HEADER = re.compile(r"[A-Z][A-Z0-9]*", re.ASCII)
FIELD = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
PLACEHOLDER = re.compile(r"\{[^{}]*\}|[{}]")
PLACEHOLDERS = {
    "{value}",
    "{field}",
    "{header}",
    "{row}",
    "{min}",
    "{max}",
    "{also}",
    "{example}",
    "{choose}",
}
"""What a message may hold beside the columns of the row (validation.wording)."""


def contradictions(definition: CoreDataset) -> list[Mistake]:
    """What is wrong with a definition: (place, sentence without a full stop), by file and line; [] if nothing is.

    The rules are made only once the tables agree with one another.
    """
    for part in (OF_TABLES, OF_WHAT_IS_MADE, OF_WHAT_IS_SAID):
        found = [mistake for check in part for mistake in check(definition)]
        if found:
            return sorted(
                dict.fromkeys(found), key=lambda mistake: (mistake[0].file, mistake[0].line)
            )
    return []


def doubles(pairs: Iterable[tuple[K, Place]]) -> Iterator[tuple[K, Place]]:
    """The pairs whose key has come before."""
    seen = set()
    for key, place in pairs:
        if key in seen:
            yield key, place
        seen.add(key)


def in_order(file: str, keys: Iterable[K]) -> Iterator[tuple[K, Place]]:
    """The keys of a table of which the definition keeps no places, each with its own: a row is a line."""
    return ((key, Place(file, line)) for line, key in enumerate(keys, 2))


# The tables


def nothing_missing(definition: CoreDataset) -> Iterator[Mistake]:
    for file, rows in (("datasets.csv", definition.datasets), ("data_items.csv", definition.items)):
        if not rows:
            yield Place(file, 1), "there is no row below the header"
    for name in TAGS:
        if name not in definition.sections:
            yield Place("sections.csv", 1), f"there is no section {name}"
    for section in definition.sections.values():
        if not any(item.record == section.id for item in definition.items):
            yield section.place, f"no data item belongs to {section.id}"


def datasets(definition: CoreDataset) -> Iterator[Mistake]:
    for dataset in definition.datasets.values():
        profile = [
            i for i in definition.items if i.record == PROFILE and dataset.code in i.datasets
        ]
        if not any(dataset.outcomes in item.tags for item in profile):
            yield (
                dataset.place,
                f"no item of {PROFILE} that {dataset.code} collects has the tag '{dataset.outcomes}'",
            )


def sections(definition: CoreDataset) -> Iterator[Mistake]:
    for section in definition.sections.values():
        if section.pages not in PAGES:
            yield section.place, f"pages is '{section.pages}', not one of {_list(PAGES)}"
        for column, field, type_ in (
            ("id_field", section.id_field, "identifier"),
            ("date_field", section.date_field, "date"),
        ):
            item = definition.by_name.get(f"{section.id}.{field}")
            # A client has no date; rules look at the date of every other section.
            if column == "date_field" and section.id == "client" and not field:
                continue
            if item is None:
                yield section.place, f"{column}: {section.id} has no field '{field}'"
            elif item.type != type_:
                yield (
                    section.place,
                    f"{column}: {item.name} is of the type {item.type}, not {type_}",
                )


def groups(definition: CoreDataset) -> Iterator[Mistake]:
    for group in definition.groups.values():
        if group.section not in definition.sections:
            yield group.place, f"the section '{group.section}' is unknown"
        if group.style not in STYLES:
            yield group.place, f"style is '{group.style}', not one of {_list(STYLES)}"
        name, meanings = group.goes_with or ("", ())
        item = definition.by_name.get(name)
        answers = definition.lists.get(item.reference_list) if item else None
        if name and (item is None or item.record not in definition.children):
            yield group.place, f"goes_with: no list of the episode has the item '{name}'"
        if name and group.section not in definition.children:
            yield group.place, "goes_with: only a group of a list of the episode can be folded"
        for meaning in meanings:
            if item and not (answers and answers.meaning(meaning)):
                yield group.place, f"goes_with: no answer to {name} means '{meaning}'"


def references(definition: CoreDataset) -> Iterator[Mistake]:
    for item in definition.items:
        for column, name in (("section", item.section), ("record", item.record)):
            if name not in definition.sections:
                yield item.place, f"the {column} '{name}' is unknown"
        group = definition.groups.get(item.group)
        if group is None:
            yield item.place, f"the group '{item.group}' is unknown"
        elif group.section != item.record:
            yield item.place, f"the group {group.id} is of {group.section}, not of {item.record}"
        if not item.datasets:
            yield item.place, f"no dataset collects {item.name}"
        yield from _unknown_datasets(definition, item.datasets, item.place)


def _unknown_datasets(
    definition: CoreDataset, names: Iterable[str], place: Place
) -> Iterator[Mistake]:
    for name in sorted(set(names) - set(definition.datasets)):
        yield place, f"the dataset '{name}' is unknown"


def names(definition: CoreDataset) -> Iterator[Mistake]:
    for item in definition.items:
        if not HEADER.fullmatch(item.header):
            yield (
                item.place,
                f"the header '{item.header}' is not in capital letters and digits only",
            )
        if not FIELD.fullmatch(item.field) or item.field in ORIGIN:
            yield item.place, f"the field '{item.field}' cannot be used as a name"
        if not item.question:
            yield item.place, f"{item.name} has no question"
    for header, place in doubles((item.header.upper(), item.place) for item in definition.items):
        yield place, f"the header {header} is there twice"
    # Client and episode items lie side by side, so they share their names.
    for (frame, field), place in doubles(
        ((item.frame, item.field), item.place) for item in definition.items
    ):
        yield place, f"the field {field} is twice in {frame}"


def positions(definition: CoreDataset) -> Iterator[Mistake]:
    expected = 1
    for item in definition.items:
        if item.position < expected:
            yield item.place, f"the position {item.position} is given twice, or is not above 0"
            continue
        if item.position > expected:
            yield item.place, f"the position {expected} is missing"
        expected = item.position + 1


def types(definition: CoreDataset) -> Iterator[Mistake]:
    for item in definition.items:
        if item.type not in TYPES:
            yield item.place, f"the type '{item.type}' is unknown"
        if item.type == "code" and item.reference_list not in definition.lists:
            yield item.place, f"the reference list '{item.reference_list}' is unknown"
        if item.type != "code" and item.reference_list:
            yield item.place, f"{item.name} is no code, but has a reference list"
        if item.type == "integer" and (item.min is None or item.max is None or item.min > item.max):
            yield item.place, f"{item.name} is an integer, so it needs a min and a max not below it"
        if item.type in LIMITED_TYPES and not item.max_length:
            yield item.place, f"{item.name} is of the type {item.type}, so it needs a max_length"
        if item.type != "integer" and item.special_codes:
            yield item.place, f"{item.name} is no integer, but has special codes"
        if item.header_status not in STATUSES:
            yield (
                item.place,
                f"header_status is '{item.header_status}', not one of {_list(STATUSES)}",
            )


def required(definition: CoreDataset) -> Iterator[Mistake]:
    for item in definition.items:
        if item.required in ("", "always", "expected"):
            continue
        word, _, field = item.required.partition(" ")
        if word != "with" or not field:
            yield item.place, f"required is '{item.required}', which means nothing"
        elif f"{item.record}.{field}" not in definition.by_name:
            yield item.place, f"required: {item.record} has no field '{field}'"


def dated_by(definition: CoreDataset) -> Iterator[Mistake]:
    for item in definition.items:
        date = definition.by_name.get(f"{item.record}.{item.dated_by}")
        if item.dated_by and (date is None or date.type != "date"):
            yield item.place, f"dated_by: {item.record} has no date '{item.dated_by}'"


def conditions(definition: CoreDataset) -> Iterator[Mistake]:
    for item in definition.items:
        for column, condition in (
            ("shown_when", item.shown_when),
            ("expected_when", item.expected_when),
            ("derived_from", item.derived_from and item.derived_from.condition),
        ):
            for fields, operator, operand in condition.clauses if condition else ():
                for field in fields:
                    if column == "expected_when" and field in OF_THE_EPISODE:
                        continue
                    problem = _clause(definition, item, field, operator, operand)
                    if problem:
                        yield item.place, f"{column}: {problem}"


def derivations(definition: CoreDataset) -> Iterator[Mistake]:
    """What the tool fills in is an answer to the item."""
    for item in definition.items:
        derived = item.derived_from
        if derived is None or item.type not in TYPES:
            continue
        answers = definition.lists.get(item.reference_list)
        if derived.lies_in and f"{item.record}.{derived.lies_in}" not in definition.by_name:
            yield item.place, f"derived_from: {item.record} has no field '{derived.lies_in}'"
        elif derived.after_treatment and item.record != "episode":
            yield item.place, "derived_from: only an item of the episode is known after_treatment"
        elif derived.answer and answers and not answers.meaning(derived.answer):
            yield (
                item.place,
                f"derived_from: no code of {answers.name} means '{derived.answer}'",
            )
        elif derived.answer and not answers and not _in_range(derived.answer, item):
            yield item.place, f"derived_from: {item.name} cannot be '{derived.answer}'"


def _in_range(text: str, item: DataItem) -> bool:
    return text.isdecimal() and (item.min or 0) <= int(text) <= (item.max or 0)


def _clause(
    definition: CoreDataset, item: DataItem, field: str, operator: str, operand: tuple[str, ...]
) -> str | None:
    """What is wrong with one clause about one field, or None."""
    if operator == ">=":
        if field not in DERIVED:
            return f"'{field}' cannot be compared with a limit, only {_list(DERIVED)}"
        unknown = [name for name in operand if name not in definition.limits]
        if unknown or len(operand) != 1:
            return f"there is no limit '{'|'.join(unknown or operand)}'"
        return None
    try:
        other = find(field, item, definition)
    except KeyError:
        return f"there is no field '{field}'"
    if operand == ("*",):
        return None if operator == "=" else "'!=*' cannot be asked"
    if other.type == "integer":
        wrong = [text for text in operand if not _in_range(text, other)]
        return f"{other.name} cannot be '{wrong[0]}'" if wrong else None
    if other.reference_list not in definition.lists:
        return f"{other.name} has no reference list"
    answers = definition.lists[other.reference_list]
    unknown = [name for name in operand if not answers.meaning(name)]
    return f"no code of {answers.name} means '{unknown[0]}'" if unknown else None


def tags(definition: CoreDataset) -> Iterator[Mistake]:
    profiles = {dataset.outcomes for dataset in definition.datasets.values()}
    for record, wanted in TAGS.items():
        items = [item for item in definition.items if item.record == record]
        for tag in sorted(wanted - {tag for item in items for tag in item.tags}):
            yield Place("data_items.csv", 1), f"no item of {record} has the tag {tag}"
    for item in definition.items:
        known = TAGS.get(item.record, set()) | (profiles if item.record == PROFILE else set())
        for tag in sorted(item.tags - known):
            yield item.place, f"the tag '{tag}' is unknown in {item.record}"
        for dataset in sorted(item.datasets & set(definition.datasets)):
            if item.tags & profiles - {definition.datasets[dataset].outcomes}:
                yield (
                    item.place,
                    f"{item.name} is of an outcomes profile that {dataset} does not have",
                )


def codes(definition: CoreDataset) -> Iterator[Mistake]:
    for answers in definition.lists.values():
        if not any(item.reference_list == answers.name for item in definition.items):
            first = next(iter(answers.codes.values()))
            yield first.place, f"no data item uses the list '{answers.name}'"
        for code in answers.codes.values():
            yield from _unknown_datasets(definition, code.datasets, code.place)
            if not code.code or not code.text or not code.code.isascii():
                yield (
                    code.place,
                    f"{answers.name} needs a code in ASCII and a text, not '{code.code}'",
                )
            if not code.datasets:
                yield code.place, f"no dataset uses the code {code.code} of {answers.name}"
            if code.valid_from and code.valid_to and code.valid_to < code.valid_from:
                yield code.place, f"the code {code.code} of {answers.name} ends before it begins"
            if code.status not in STATUSES:
                yield code.place, f"code_status is '{code.status}', not one of {_list(STATUSES)}"


def successors(definition: CoreDataset) -> Iterator[Mistake]:
    """What takes over is known and begins on the day after the last day of what ended."""
    for answers in definition.lists.values():
        for code in answers.codes.values():
            first = code.valid_to and code.valid_to + datetime.timedelta(days=1)
            for name in code.successors:
                successor = answers.codes.get(name)
                if successor is None:
                    yield code.place, f"the successor '{name}' of {code.code} is unknown"
                elif successor.valid_from != first:
                    yield (
                        code.place,
                        f"{name} does not begin on the day after {code.code} ended",
                    )


def synonyms(definition: CoreDataset) -> Iterator[Mistake]:
    """A synonym means one answer only, in each dataset of which the answer is one."""
    for answers in definition.lists.values():
        owners: dict[str, list[Code]] = {}
        for code in answers.codes.values():
            for name in {name_key(code.code), *code.exact_keys}:
                owners.setdefault(name, []).append(code)
        for code in answers.codes.values():
            for synonym in code.synonyms:
                others = [c for c in owners[name_key(synonym)] if c.datasets & code.datasets]
                if others != [code]:
                    yield (
                        code.place,
                        f"the synonym '{synonym}' of {code.code} means another code of {answers.name} too",
                    )


def answerable(definition: CoreDataset) -> Iterator[Mistake]:
    for item in definition.items:
        if item.reference_list not in definition.lists:
            continue
        answers = definition.lists[item.reference_list]
        for dataset in sorted(item.datasets):
            if not answers.for_dataset(dataset):
                yield (
                    item.place,
                    f"{dataset} collects {item.name}, but {answers.name} has no code for it",
                )
        group = definition.groups.get(item.group)
        if (
            group
            and group.style == "ticks"
            and not (answers.meaning("yes") and answers.meaning("no"))
        ):
            yield (
                item.place,
                f"{item.name} is ticked, but {answers.name} has no code for yes or for no",
            )


def special_codes(definition: CoreDataset) -> Iterator[Mistake]:
    for item in definition.items:
        if item.type == "integer" and item.min is not None and item.max is not None:
            for code in item.special_codes:
                if code.isdecimal() and item.min <= int(code) <= item.max:
                    yield (
                        item.place,
                        f"the special code {code} of {item.name} is a number in its range",
                    )


def upper_tiers(definition: CoreDataset) -> Iterator[Mistake]:
    lower, upper = (
        definition.lists[name].codes if name in definition.lists else {}
        for name in ("local_authority", "upper_tier_local_authority")
    )
    for code in lower.values():
        if code.parent not in upper:
            yield code.place, f"the upper tier '{code.parent}' of {code.code} is unknown"


def limits(definition: CoreDataset) -> Iterator[Mistake]:
    for name in LIMITS:
        if name not in definition.limits:
            yield Place("limits.csv", 1), f"there is no limit {name}"
    for name, place in in_order("limits.csv", definition.limits):
        if definition.limits[name] <= 0:
            yield place, f"the limit {name} is missing, or not above 0"


def rules(definition: CoreDataset) -> Iterator[Mistake]:
    for rule in definition.rules.values():
        if rule.severity not in SEVERITIES:
            yield rule.place, f"severity is '{rule.severity}', not one of {_list(SEVERITIES)}"
        if rule.kind not in KINDS.keys() | WRITTEN | OTHER_KINDS:
            yield rule.place, f"the kind '{rule.kind}' is unknown"
        if rule.kind in KINDS_WITH_ITEM and not rule.items:
            yield rule.place, f"{rule.key} names no data item"
        if rule.kind in WRITTEN and rule.key not in EXPRESSIONS:
            yield rule.place, f"no expression is written for {rule.key}"
        for name in rule.items:
            item = definition.by_name.get(name)
            if item is None:
                yield rule.place, f"the data item '{name}' is unknown"
            elif item.type != TYPE_OF_KIND.get(rule.kind, item.type):
                yield (
                    rule.place,
                    f"{rule.kind} cannot judge {name}, which is of the type {item.type}",
                )
    written = {rule.key for rule in definition.rules.values() if rule.kind in WRITTEN}
    for key in sorted(EXPRESSIONS.keys() - written):
        rows = [rule.place for rule in definition.rules.values() if rule.key == key]
        yield from (
            (place, f"the expression of {key} is written, but no row of its kind is here")
            for place in rows or [Place("rules.csv", 1)]
        )


def boxes(definition: CoreDataset) -> Iterator[Mistake]:
    """A rule of the kind ticked is told of a box: of its record it names nothing else."""
    for rule in definition.rules.values():
        items = [definition.by_name.get(name) for name in rule.items]
        if rule.kind != "ticked" or not items or items[0] is None:
            continue
        for item in items:
            group = item and definition.groups.get(item.group)
            if item and group and item.record == items[0].record and group.style != "ticks":
                yield rule.place, f"{rule.key} is about what is ticked, but {item.name} is no box"


def once(definition: CoreDataset) -> Iterator[Mistake]:
    """Two rules of one kind on one item would find everything twice; what is always required has one."""
    named = [
        ((rule.kind, name), rule.place)
        for rule in definition.rules.values()
        if rule.kind in KINDS
        for name in rule.items
    ]
    for (kind, name), place in doubles(named):
        yield place, f"another rule of the kind {kind} names {name} too"
    places = {name: place for (kind, name), place in reversed(named) if kind == "required"}
    for item in definition.items:
        if item.required == "always" and item.name not in places:
            yield (
                item.place,
                f"{item.name} is always required, but no rule of the kind required names it",
            )
        if item.required != "always" and item.name in places:
            yield (
                places[item.name],
                f"{item.name} is required here, but not 'always' in data_items.csv",
            )


def messages(definition: CoreDataset) -> Iterator[Mistake]:
    for rule in definition.rules.values():
        if not rule.message:
            yield rule.place, f"{rule.key} has no message"
        of_rows = wording.PLACEHOLDER.findall(rule.message) if rule.kind in ABOUT_ROWS else []
        for placeholder in PLACEHOLDER.findall(rule.message):
            if placeholder not in PLACEHOLDERS and placeholder[1:-1] not in of_rows:
                yield rule.place, f"the placeholder '{placeholder}' is unknown"
            elif placeholder == "{row}" and rule.kind not in KINDS_OF_FILES:
                yield rule.place, f"{rule.key} is about records, so {{row}} cannot be filled"
            elif placeholder == "{field}" and rule.kind in KINDS_OF_FILES and not rule.items:
                yield rule.place, f"{rule.key} is about the file, so {{field}} cannot be filled"
            elif placeholder == "{example}" and rule.kind != "date":
                yield rule.place, f"{rule.key} is not about dates, so {{example}} cannot be filled"


def periods(definition: CoreDataset) -> Iterator[Mistake]:
    if not set(LIMITS) <= definition.limits.keys():
        return
    for end, place in in_order("calendar.csv", definition.calendar):
        try:
            period_ending(end, definition)
        except ValueError as error:
            yield place, str(error).removesuffix(".")


# What is made from the tables


def made(definition: CoreDataset) -> Iterator[Mistake]:
    """Makes every rule for every dataset and lets it judge no records, so that it meets the columns that it names."""
    for dataset in definition.datasets.values():
        try:
            records = _no_records(definition)
            frames = _empty_frames(definition, dataset.code)
            judge(records, definition, dataset.code, today=datetime.date(1900, 1, 1))
        except (KeyError, pl.exceptions.PolarsError) as error:
            # A rule that cannot be made is told with its own line.
            frames = {}
            reason = _reason(error)
        setting = Setting(definition, dataset.code)
        told = False
        for rule in definition.rules.values():
            try:
                for frame, expression in _expressions(rule, setting):
                    if frames:
                        frames[frame].select(expression)
            except (KeyError, pl.exceptions.PolarsError) as error:
                told = True
                yield rule.place, f"{rule.key} cannot be made for {dataset.code}: {_reason(error)}"
        if not frames and not told:
            yield dataset.place, f"records of {dataset.code} cannot be judged: {reason}"


def _no_records(definition: CoreDataset) -> Records:
    schema = {"row": pl.UInt32, **dict.fromkeys(definition.headers, pl.String)}
    return gather(pl.DataFrame(schema=schema), definition)


def _empty_frames(definition: CoreDataset, dataset: str) -> Mapping[str, pl.DataFrame]:
    """The frames that rules read, without a row."""
    day = definition.in_force_from
    return prepare(_no_records(definition), definition, dataset, day, day)


def _expressions(rule: Rule, setting: Setting) -> Iterator[tuple[str, pl.Expr]]:
    """Frame and expression of all that the engine would look at for a rule."""
    if rule.kind in KINDS:
        for item, (gate, expression) in made_from_items(rule, setting):
            yield item.frame, expression
            if gate is not None:
                yield item.frame, gate
    elif rule.kind in WRITTEN:
        item = setting.definition.by_name[rule.items[0]]
        if setting.dataset in item.datasets:
            yield item.frame, EXPRESSIONS[rule.key](setting)


def _reason(error: Exception) -> str:
    text = str(error.args[0]).strip().splitlines()[0]
    return text if " " in text else f"there is no {text}"


def filled(definition: CoreDataset) -> Iterator[Mistake]:
    """The limits that a message speaks of are given for every item that it may be about."""
    for rule in definition.rules.values():
        about = {
            item.name: item
            for dataset in definition.datasets
            for item in _about(rule, Setting(definition, dataset))
        }
        for item in about.values():
            if "{min}" in rule.message and item.min is None:
                yield rule.place, f"{{min}} cannot be filled: {item.name} has no min"
            if "{max}" in rule.message and item.max is None and item.max_length is None:
                yield rule.place, f"{{max}} cannot be filled: {item.name} has no max or max_length"


def spoken(definition: CoreDataset) -> Iterator[Mistake]:
    """A message speaks of columns that are there, in brackets, so that it can go without them."""
    for dataset in definition.datasets.values():
        frames = _empty_frames(definition, dataset.code)
        for rule in definition.rules.values():
            if rule.kind not in ABOUT_ROWS:
                continue
            for name in wording.columns(wording.without_values(rule.message)):
                if f"{{{name}}}" not in PLACEHOLDERS:
                    yield rule.place, f"the placeholder '{{{name}}}' does not stand in brackets"
            also = {wording.SHARING} if rule.key in GROUPS else set()
            for item in _about(rule, Setting(definition, dataset.code)):
                for name in wording.columns(rule.message):
                    known = also | set(frames[item.frame].columns)
                    if f"{{{name}}}" not in PLACEHOLDERS and name not in known:
                        yield rule.place, f"the placeholder '{{{name}}}' is unknown in {item.frame}"


def _about(rule: Rule, setting: Setting) -> list[DataItem]:
    if rule.kind in KINDS:
        return [item for item, _ in made_from_items(rule, setting)]
    if rule.kind == "not_collected":
        return list(setting.definition.items)
    return [setting.definition.by_name[name] for name in rule.items[:1]]


def _list(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))


OF_TABLES: tuple[Check, ...] = (
    nothing_missing,
    datasets,
    sections,
    groups,
    references,
    names,
    positions,
    types,
    required,
    dated_by,
    conditions,
    derivations,
    tags,
    codes,
    successors,
    synonyms,
    answerable,
    special_codes,
    upper_tiers,
    limits,
    rules,
    boxes,
    once,
    messages,
    periods,
)
OF_WHAT_IS_MADE: tuple[Check, ...] = (made, filled)
OF_WHAT_IS_SAID: tuple[Check, ...] = (spoken,)
