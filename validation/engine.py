"""Rules x records -> findings. No Django: the same engine judges a form that is saved and a file of a million rows."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, reduce
from operator import or_

import polars as pl

from validation import wording
from validation.basis import Answer, Basis
from validation.dataset import CoreDataset, DataItem, Rule
from validation.prepare import TEXT, prepare, typed
from validation.records import KEYS, ORIGIN, Records, with_origin
from validation.rules import EXPRESSIONS, GROUPS
from validation.rules.book import Setting, boxes_of
from validation.rules.regular import KINDS, made_from_items, text_of

FINDING = {
    "rule": pl.String,
    "part": pl.String,
    "severity": pl.String,
    "section": pl.String,
    "item": pl.String,
    "value": pl.String,
    "message": pl.String,
    "basis": pl.String,
    **ORIGIN,
    "client_id": pl.String,
    "episode_id": pl.String,
}
"""Columns of a frame of findings: `item` is record.field, `basis` the values that the finding rests on."""

WITHOUT_CONSENT = "without_consent"
CASE = "case"
"""The kind of rule that compares an identifier with those of all other rows of a file."""
TICKED = "ticked"
"""The kind of rules about what is ticked."""


ABOUT_BLANKS = ("required", "expected")
"""The kinds of regular rules that a blank breaks; all others are about a value."""


@dataclass(frozen=True)
class Check:
    """One rule about one item: where it looks, and an expression that is true where the rule is broken."""

    rule: Rule
    item: DataItem
    expression: pl.Expr
    gate: pl.Expr | None = None
    """One truth for all rows, named; where it is false, the expression is not looked at."""
    value: str | None = None
    """Where it is given, the rule is about a value of this column, and a blank cannot break it."""
    boxes: tuple[DataItem, ...] = ()
    """Of a rule about what is ticked, in the order of the screen: it is told of the first that is, not of `item`."""

    @cached_property
    def name(self) -> str:
        return f"{self.rule.key} {self.item.name}"

    @cached_property
    def is_broken(self) -> pl.Expr:
        return self.expression.fill_null(value=False).alias(self.name)

    @cached_property
    def gate_name(self) -> str | None:
        return None if self.gate is None else self.gate.meta.output_name()

    @cached_property
    def spoken(self) -> list[str]:
        """The columns of which the message speaks."""
        return wording.columns(message(self.rule, self.item))

    @cached_property
    def columns(self) -> list[str]:
        """The columns that the expression looks at."""
        return list(dict.fromkeys(self.expression.meta.root_names()))


@dataclass(frozen=True)
class Broken:
    """A check that found something: the frame that it looked at, and the rows that break its rule (Boolean)."""

    check: Check
    frame: pl.DataFrame
    rows: pl.Series

    @cached_property
    def value(self) -> str:
        """The column that holds the value as it was given."""
        field = self.check.item.field
        return field + TEXT if field + TEXT in self.frame.columns else field

    def by_box(self, yes: list[str]) -> Iterator[Broken]:
        """The same, told of the boxes that are ticked: of the first in each row."""
        left = self.rows
        for box in self.check.boxes:
            if self.frame[box.field].null_count() == self.frame.height:
                continue
            here = left & self.frame[box.field].is_in(yes).fill_null(value=False)
            if here.any():
                yield Broken(replace(self.check, item=box, boxes=()), self.frame, here)
                left &= ~here

    @cached_property
    def places(self) -> pl.Series:
        """The rows that are told of, by index; of a client item the first of each client and value."""
        if self.check.item.record != "client":
            return self.rows.arg_true()
        rows = self.frame.select(
            "client_id", pl.col(self.value).alias("value"), place=pl.int_range(pl.len())
        ).filter(self.rows)
        known = rows.filter(pl.col("client_id").is_not_null())
        once = known.unique(["client_id", "value"], keep="first")
        unknown = rows.filter(pl.col("client_id").is_null())
        return pl.concat([once["place"], unknown["place"]]).sort()


@dataclass(frozen=True)
class Flawed:
    """Whom findings are about: clients (column client_id) by a client item, episodes (KEYS) by any other."""

    clients: pl.DataFrame
    episodes: pl.DataFrame


COUNT = {
    "rule": pl.String,
    "part": pl.String,
    "severity": pl.String,
    "item": pl.String,
    "total": pl.Int64,
    "listed": pl.Int64,
}
"""Columns of a frame of counts: how often a rule found something in an item, and how much of it is listed."""


@dataclass(frozen=True)
class Tally:
    """What the rules find in a file, whose size is bounded whatever the file holds.

    `findings` has the columns FINDING, `counts` has COUNT; `flawed` is by severity.
    """

    findings: pl.DataFrame
    counts: pl.DataFrame
    flawed: Mapping[str, Flawed]


@lru_cache(maxsize=16)
def checks(definition: CoreDataset, dataset: str) -> dict[str, tuple[Check, ...]]:
    """All checks of a dataset by frame. Rules on items that the dataset does not collect are left out."""
    setting = Setting(definition, dataset)
    result: dict[str, list[Check]] = {name: [] for name in definition.frames}
    for rule in definition.rules.values():
        if rule.kind in KINDS:
            for item, (gate, expression) in made_from_items(rule, setting):
                value = None if rule.kind in ABOUT_BLANKS else text_of(item).meta.output_name()
                result[item.frame].append(Check(rule, item, expression, gate, value))
        elif rule.kind == "expression":
            item = definition.by_name[rule.items[0]]
            if dataset in item.datasets:
                result[item.frame].append(Check(rule, item, EXPRESSIONS[rule.key](setting)))
        elif rule.kind == TICKED:
            boxes = boxes_of(rule, setting)
            if boxes:
                expression = EXPRESSIONS[rule.key](setting)
                result[boxes[0].frame].append(Check(rule, boxes[0], expression, boxes=boxes))
    return {name: tuple(found) for name, found in result.items()}


@lru_cache(maxsize=16)
def uncollected_checks(definition: CoreDataset, dataset: str) -> dict[str, tuple[Check, ...]]:
    """Checks of what the dataset does not collect, on the frames of text before it is set to null."""
    setting = Setting(definition, dataset)
    result: dict[str, list[Check]] = {name: [] for name in definition.frames}
    for rule in definition.rules.values():
        if rule.kind == "not_collected":
            for item in definition.items:
                if dataset not in item.datasets:
                    is_given = pl.col(item.field).is_not_null()
                    result[item.frame].append(Check(rule, item, is_given, value=item.field))
        elif rule.kind == "uncollected":
            item = definition.by_name[rule.items[0]]
            result[item.frame].append(Check(rule, item, EXPRESSIONS[rule.key](setting)))
    return {name: tuple(found) for name, found in result.items()}


def check(
    records: Records,
    definition: CoreDataset,
    dataset: str,
    *,
    today: datetime.date,
    period_end: datetime.date | None = None,
    with_basis: bool = False,
) -> pl.DataFrame:
    """Judges records by all rules that look at records (not at a file as such, not at what was last loaded).

    `records`: see validation.records. `today` is the day of the upload; dates after `period_end`
    are doubtful. Returns a frame with the columns FINDING, in the order of rows and rules; `basis` is null unless
    `with_basis`. A finding on a client item is given once for a client and value.
    """
    broken, frames = _judge(records, definition, dataset, today, period_end)
    rests_on = Basis(frames, definition, dataset) if with_basis else None
    found = [_findings(b, None, FORM, definition, rests_on) for b in broken]
    return _in_order(found, definition)


def tally(
    records: Records,
    definition: CoreDataset,
    dataset: str,
    *,
    today: datetime.date,
    period_end: datetime.date | None = None,
    each: int | None,
) -> Tally:
    """Judges the records of a file as `check` does, but lists at most `each` findings of a rule and item (None: all).

    Counts are whole, and whom findings are about is exact, whatever is listed.
    """
    broken = _judge(records, definition, dataset, today, period_end)[0]
    listed = [_findings(b, each, FILE, definition) for b in broken]
    counts = [
        (rule.id, rule.part, rule.severity, b.check.item.name, b.places.len(), frame.height)
        for b, frame in zip(broken, listed, strict=True)
        for rule in (b.check.rule,)
    ]
    return Tally(
        findings=_in_order(listed, definition),
        counts=pl.DataFrame(counts, schema=COUNT, orient="row"),
        flawed={
            severity: _flawed([b for b in broken if b.check.rule.severity == severity])
            for severity in {b.check.rule.severity for b in broken}
        },
    )


def _flawed(broken: list[Broken]) -> Flawed:
    """Whom the checks of one severity are about."""
    keys: dict[bool, list[pl.DataFrame]] = {True: [], False: []}
    frames = {id(b.frame): b.frame for b in broken}
    masks: dict[tuple[bool, int], list[pl.Series]] = defaultdict(list)
    for b in broken:
        masks[b.check.item.record == "client", id(b.frame)].append(b.rows)
    for (of_client, frame), rows in masks.items():
        keys[of_client].append(frames[frame].select(KEYS).filter(reduce(or_, rows)).unique())
    nobody = pl.DataFrame(schema=dict.fromkeys(KEYS, pl.String))
    return Flawed(
        clients=pl.concat([nobody, *keys[True]]).select("client_id").unique(),
        episodes=pl.concat([nobody, *keys[False]]).unique(),
    )


def _judge(
    records: Records,
    definition: CoreDataset,
    dataset: str,
    today: datetime.date,
    period_end: datetime.date | None,
) -> tuple[list[Broken], Mapping[str, pl.DataFrame]]:
    """The checks that found something, and the frames that the rules read."""
    refused = pl.col("consent").is_in(definition.meaning("consent", "refused"))
    is_refused = records["episode"].select(refused.fill_null(value=False).alias("r"))["r"]
    found = []
    collected = dict(checks(definition, dataset))
    if is_refused.any():
        # An identifier is compared with those of all rows, whoever consented.
        for name, frame_checks in collected.items():
            found += _evaluate(records[name], [c for c in frame_checks if c.rule.kind == CASE])
            collected[name] = tuple(c for c in frame_checks if c.rule.kind != CASE)
        consenting = _consenting(records, is_refused)
        refused_rows = _with_lists(records, consenting, is_refused)
        found += _without_consent(refused_rows, definition, dataset)
        records = consenting
    for name, frame_checks in uncollected_checks(definition, dataset).items():
        frame = records[name]
        # Frames from the tool hold only what the dataset collects.
        given = set(frame.columns)
        found += _evaluate(frame, [c for c in frame_checks if given.issuperset(c.columns)])
    frames = prepare(records, definition, dataset, today, period_end)
    for name, frame_checks in collected.items():
        found += _evaluate(frames[name], frame_checks)
    yes = definition.meaning("yes_no_yn", "yes")
    told = [one for b in found for one in (b.by_box(yes) if b.check.boxes else (b,))]
    return told, frames


def _consenting(records: Records, is_refused: pl.Series) -> Records:
    """The records without the rows, and the children, of clients without consent."""
    refused_rows = records["episode"].filter(is_refused)
    kept = {"episode": records["episode"].filter(~is_refused)}
    gone = refused_rows.select(KEYS).join(
        kept["episode"].select(KEYS), on=KEYS, how="anti", nulls_equal=True
    )
    for name, frame in records.frames.items():
        if name != "episode":
            # Hardly ever is there anything in a list, and a frame that stays as it is takes no time.
            surplus = frame.select(KEYS).join(gone, on=KEYS, how="semi", nulls_equal=True)
            kept[name] = (
                frame
                if surplus.is_empty()
                else frame.join(gone, on=KEYS, how="anti", nulls_equal=True)
            )
    return Records(kept)


def _with_lists(records: Records, consenting: Records, is_refused: pl.Series) -> pl.DataFrame:
    """The rows of clients without consent; `has_lists` is true where a list of the episode holds something."""
    nobody = pl.DataFrame(schema=dict.fromkeys(KEYS, pl.String))
    lists = [
        name
        for name, frame in records.frames.items()
        if name != "episode" and consenting[name] is not frame
    ]
    held, kept = (
        pl.concat([nobody, *(source[name].select(KEYS) for name in lists)]).unique()
        for source in (records, consenting)
    )
    left_out = held.join(kept, on=KEYS, how="anti", nulls_equal=True)
    left_out = left_out.with_columns(has_lists=pl.lit(value=True))
    refused_rows = records["episode"].filter(is_refused)
    return refused_rows.join(left_out, on=KEYS, how="left", nulls_equal=True, maintain_order="left")


def _without_consent(frame: pl.DataFrame, definition: CoreDataset, dataset: str) -> list[Broken]:
    """The checks on the rows of clients without consent: what is needed all the same, and what must not be there."""
    needed = [
        c
        for c in checks(definition, dataset)["episode"]
        if WITHOUT_CONSENT in c.item.tags and c.rule.kind in KINDS and c.rule.kind != CASE
    ]
    allowed = {i.field for i in definition.items if WITHOUT_CONSENT in i.tags}
    others = [i.field for i in definition.frames["episode"] if i.field not in allowed]
    others = [name for name in others if name in frame.columns]
    surplus = [
        Check(
            rule,
            definition.by_name[rule.items[0]],
            pl.any_horizontal(pl.col("has_lists"), *(pl.col(n).is_not_null() for n in others)),
        )
        for rule in definition.rules.values()
        if rule.kind == "no_consent"
    ]
    return _evaluate(frame, [*needed, *surplus])


def _evaluate(frame: pl.DataFrame, frame_checks: Iterable[Check]) -> list[Broken]:
    """The checks whose rule some row of the frame breaks."""
    blanks = frame.null_count().row(0)
    given = {name for name, n in zip(frame.columns, blanks, strict=True) if n < frame.height}
    active = [c for c in frame_checks if c.value is None or c.value in given]
    if frame.is_empty() or not active:
        return []
    gates = {c.gate_name: c.gate for c in active if c.gate is not None}
    closed = {gate.name for gate in _as_written(frame, gates.values()) if not gate.item()}
    active = [c for c in active if c.gate_name not in closed]
    broken = _as_written(frame, (c.is_broken for c in active))
    return [Broken(c, frame, broken[c.name]) for c in active if broken[c.name].any()]


def _as_written(frame: pl.DataFrame, expressions: Iterable[pl.Expr]) -> pl.DataFrame:
    """The expressions' values. Looking for shortcuts takes polars longer than it saves, most of all for one client."""
    return frame.lazy().select(expressions).collect(optimizations=pl.QueryOptFlags.none())


def _findings(
    b: Broken,
    most: int | None,
    medium: Medium,
    definition: CoreDataset,
    rests_on: Basis | None = None,
) -> pl.DataFrame:
    """The first findings of one check (None: all); without a basis where that is not asked for."""
    c, frame = b.check, b.frame
    if wording.SHARING in c.spoken:
        frame = frame.with_columns(_sharing(GROUPS[c.rule.key]))
    needed = {b.value, *ORIGIN, *KEYS, *c.spoken}
    if rests_on is not None:
        needed |= rests_on.needed(c.item.frame, c.columns)
    value = pl.col(b.value)
    text = message(c.rule, c.item, medium)
    words = wording.filled(text, c.item, value, frame.schema, definition)
    places = b.places if most is None else b.places.head(most)
    rows = frame.select(pl.col(sorted(needed)).gather(places))
    basis = pl.lit(None, dtype=pl.String) if rests_on is None else _basis(c, rows, rests_on)
    return rows.select(
        pl.lit(c.rule.id).alias("rule"),
        pl.lit(c.rule.part).alias("part"),
        pl.lit(c.rule.severity).alias("severity"),
        pl.lit(c.item.record).alias("section"),
        pl.lit(c.item.name).alias("item"),
        value.alias("value"),
        words.alias("message"),
        basis.alias("basis"),
        *ORIGIN,
        *KEYS,
    )  # fmt: skip


MOST_NAMED = 5
"""So many of the clients who share something are named in a message."""


def _sharing(group: Iterable[str]) -> pl.Expr:
    """The IDs of the clients who share the columns of the group, as one text of bounded length."""
    clients = pl.col("client_id").drop_nulls().unique()
    named = clients.sort().head(MOST_NAMED).str.join(", ").over(group)
    others = clients.len().over(group).cast(pl.Int64) - MOST_NAMED
    more = pl.when(others > 0).then(pl.format(" and {} more", others)).otherwise(pl.lit(""))
    return pl.concat_str(named, more).alias(wording.SHARING)


@dataclass(frozen=True)
class Medium:
    """Where a message is read."""

    examples: Mapping[str, str]
    """Item type -> what a message gives as an example."""
    choose: str
    """How to give an answer of a list."""


FORM = Medium({"date": "27/3/2022"}, "Choose one of the answers.")
FILE = Medium({"date": "27/03/2022"}, "Give a code from the list.")
"""As one types and chooses answers, and as an extract has them."""


def message(rule: Rule, item: DataItem | None, medium: Medium = FORM) -> str:
    """The rule's message for an item; `{row}`, and what differs from row to row (validation.wording), stay."""
    text = rule.message.replace("{choose}", medium.choose)
    if item is not None:
        text = text.replace("{field}", item.question).replace("{header}", item.header)
        largest = item.max_length if item.max is None else item.max
        also = "".join(f", or {code}" for code in item.special_codes)
        text = (
            text.replace("{also}", also)
            .replace("{min}", str(item.min))
            .replace("{max}", str(largest))
            .replace("{example}", medium.examples.get(item.type, ""))
        )
    return text


def _basis(c: Check, rows: pl.DataFrame, rests_on: Basis) -> pl.Expr:
    """The answers that the expression rests on, as one text: an explanation holds while it stays the same.

    Of a rule about a group of clients it is what they share, and who they are: it is the same text for all of them.
    """
    group = GROUPS.get(c.rule.key)
    values = rests_on.texts(c.item.frame, group or c.columns, rows)
    if group:
        who = pl.coalesce("client_record", "client_id").unique().sort()
        values.append(who.str.join(",").over(group))
    return pl.concat_str(values, separator="|")


def _in_order(found: list[pl.DataFrame], definition: CoreDataset) -> pl.DataFrame:
    """The frames of findings, each of one check, as one: by row, then rule, item and part."""

    def place(frame: pl.DataFrame) -> tuple[str, int, str]:
        rule, part, item = frame.select("rule", "part", "item").row(0)
        return rule, definition.by_name[item].position, part

    listed = (frame for frame in found if not frame.is_empty())
    frames = [pl.DataFrame(schema=FINDING), *sorted(listed, key=place)]
    return pl.concat(frames).sort("row", maintain_order=True, nulls_last=True)


def answers_behind(
    records: Records,
    definition: CoreDataset,
    dataset: str,
    *,
    today: datetime.date,
    key: str,
    about: str,
    record: str,
) -> list[Answer]:
    """The answers on which a finding rests, in the order of the items.

    `records`: of its client; `key`: its rule; `about`: its item; `record`: the tool's key of its record.
    """
    item = definition.by_name[about]
    frames = prepare(records, definition, dataset, today, None)
    c = next(
        one
        for one in checks(definition, dataset)[item.frame]
        if one.rule.key == key and item in (one.item, *one.boxes)
    )
    own = pl.col("client_record" if item.record == "client" else "record") == record
    # Of a client item the first row that is wrong is told of.
    rows = frames[item.frame].with_columns(is_broken=c.is_broken).filter(own)
    row = rows.sort("is_broken", descending=True, maintain_order=True).row(0, named=True)
    rests_on = Basis(frames, definition, dataset)
    names = GROUPS.get(key) or (item.field, *c.columns)
    found = dict.fromkeys(answer for name in names for answer in rests_on.answers(name, row, item))
    return sorted(found, key=lambda answer: answer.item.position)


def malformed(
    texts: Mapping[str, str], record: str, definition: CoreDataset, dataset: str
) -> list[tuple[DataItem, str]]:
    """What keeps one record from being saved: (item, message) for each value that a malformed rule objects to.

    `texts`: field -> text of the record's own items; missing and '' are blank.
    """
    name = "episode" if record == "client" else record
    items = definition.frames[name]
    own = {item.field for item in items if item.record == record}
    row = {
        item.field: [texts.get(item.field) or None if item.field in own else None] for item in items
    }
    frame = typed(pl.DataFrame(row, schema=dict.fromkeys(row, pl.String)), name, definition)
    asked = [
        c for c in checks(definition, dataset)[name] if c.rule.malformed and c.item.record == record
    ]
    found = [
        _findings(broken, None, FORM, definition)
        for broken in _evaluate(_with_origin_and_keys(frame), asked)
    ]
    return [
        (definition.by_name[item], text)
        for frame in found
        for item, text in frame.select("item", "message").iter_rows()
    ]


def _with_origin_and_keys(frame: pl.DataFrame) -> pl.DataFrame:
    missing = [key for key in KEYS if key not in frame.columns]
    return with_origin(frame).with_columns(pl.lit(None, dtype=pl.String).alias(k) for k in missing)
