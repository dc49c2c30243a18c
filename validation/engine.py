"""Rules x records -> findings. No Django: the same engine judges a form that is saved and a file of a million rows."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from validation.dataset import CoreDataset, DataItem, Rule
from validation.prepare import TEXT, prepare, typed
from validation.records import KEYS, ORIGIN, Records, with_origin
from validation.rules import EXPRESSIONS
from validation.rules.book import Setting
from validation.rules.regular import KINDS, made_from_items

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


@dataclass(frozen=True)
class Check:
    """One rule about one item: where it looks, and an expression that is true where the rule is broken."""

    rule: Rule
    item: DataItem
    gate: pl.Expr | None
    expression: pl.Expr


@lru_cache(maxsize=16)
def checks(definition: CoreDataset, dataset: str) -> dict[str, tuple[Check, ...]]:
    """All checks of a dataset by frame. Rules on items that the dataset does not collect are left out."""
    setting = Setting(definition, dataset)
    result: dict[str, list[Check]] = {name: [] for name in definition.frames}
    for rule in definition.rules.values():
        if rule.kind in KINDS:
            for item, (gate, expression) in made_from_items(rule, setting):
                result[item.frame].append(Check(rule, item, gate, expression))
        elif rule.kind == "expression":
            item = definition.by_name[rule.items[0]]
            if dataset in item.datasets:
                check = Check(rule, item, None, EXPRESSIONS[rule.key](setting))
                result[item.frame].append(check)
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
                    expression = pl.col(item.field).is_not_null()
                    result[item.frame].append(Check(rule, item, None, expression))
        elif rule.kind == "uncollected":
            item = definition.by_name[rule.items[0]]
            check = Check(rule, item, None, EXPRESSIONS[rule.key](setting))
            result[item.frame].append(check)
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
    refused = pl.col("consent").is_in(definition.meaning("consent", "refused"))
    is_refused = records["episode"].select(refused.fill_null(value=False).alias("r"))["r"]
    found = []
    if is_refused.any():
        consenting = _consenting(records, is_refused)
        refused_rows = _with_lists(records, consenting, is_refused)
        found += _without_consent(refused_rows, definition, dataset)
        records = consenting
    for name, frame_checks in uncollected_checks(definition, dataset).items():
        frame = records[name]
        present = [c for c in frame_checks if _is_present(c, frame)]
        found += _evaluate(frame, present, definition, with_basis)
    frames = prepare(records, definition, dataset, today, period_end)
    for name, frame_checks in checks(definition, dataset).items():
        found += _evaluate(frames[name], frame_checks, definition, with_basis)
    return _in_order(found, definition)


def _is_present(check: Check, frame: pl.DataFrame) -> bool:
    """Frames from the tool hold only what the dataset collects."""
    return all(name in frame.columns for name in check.expression.meta.root_names())


def _consenting(records: Records, is_refused: pl.Series) -> Records:
    """The records without the rows, and the children, of clients without consent."""
    refused_rows = records["episode"].filter(is_refused)
    kept = {"episode": records["episode"].filter(~is_refused)}
    gone = refused_rows.select(KEYS).join(
        kept["episode"].select(KEYS), on=KEYS, how="anti", nulls_equal=True
    )
    for name, frame in records.frames.items():
        if name != "episode":
            kept[name] = frame.join(gone, on=KEYS, how="anti", nulls_equal=True)
    return Records(kept)


def _with_lists(records: Records, consenting: Records, is_refused: pl.Series) -> pl.DataFrame:
    """The rows of clients without consent; `has_lists` is true where a list of the episode holds something."""
    lists = [name for name in records.frames if name != "episode"]
    held, kept = (
        pl.concat(source[name].select(KEYS) for name in lists).unique()
        for source in (records, consenting)
    )
    left_out = held.join(kept, on=KEYS, how="anti", nulls_equal=True)
    left_out = left_out.with_columns(has_lists=pl.lit(value=True))
    refused_rows = records["episode"].filter(is_refused)
    return refused_rows.join(left_out, on=KEYS, how="left", nulls_equal=True, maintain_order="left")


def _without_consent(
    frame: pl.DataFrame, definition: CoreDataset, dataset: str
) -> list[pl.DataFrame]:
    """Findings on the rows of clients without consent: what is needed all the same, and what must not be there."""
    needed = [
        c
        for c in checks(definition, dataset)["episode"]
        if WITHOUT_CONSENT in c.item.tags and c.rule.kind in KINDS
    ]
    allowed = {i.field for i in definition.items if WITHOUT_CONSENT in i.tags}
    others = [i.field for i in definition.frames["episode"] if i.field not in allowed]
    others = [name for name in others if name in frame.columns]
    surplus = [
        Check(rule, definition.by_name[rule.items[0]], None,
              pl.any_horizontal(pl.col("has_lists"), *(pl.col(n).is_not_null() for n in others)))
        for rule in definition.rules.values()
        if rule.kind == "no_consent"
    ]  # fmt: skip
    return _evaluate(frame, [*needed, *surplus], definition, with_basis=False)


def _evaluate(
    frame: pl.DataFrame, frame_checks: Iterable[Check], definition: CoreDataset, with_basis: bool
) -> list[pl.DataFrame]:
    """A frame of findings for each check that finds something."""
    active = list(frame_checks)
    if frame.is_empty() or not active:
        return []
    gated = [c for c in active if c.gate is not None]
    if gated:
        gates = frame.select(
            c.gate.any().alias(str(n)) for n, c in enumerate(gated) if c.gate is not None
        )
        closed = {id(c) for c, is_open in zip(gated, gates.row(0), strict=True) if not is_open}
        active = [c for c in active if id(c) not in closed]
    masks = frame.select(
        c.expression.fill_null(value=False).alias(str(n)) for n, c in enumerate(active)
    )
    broken = masks.select(pl.all().any()).row(0)
    found = []
    for number, (c, is_broken) in enumerate(zip(active, broken, strict=True)):
        if is_broken:
            found.append(_findings(frame.filter(masks[str(number)]), c, definition, with_basis))
    return found


def _findings(
    frame: pl.DataFrame, c: Check, definition: CoreDataset, with_basis: bool
) -> pl.DataFrame:
    """The findings of one check on the rows that break its rule."""
    name = c.item.field + TEXT if c.item.field + TEXT in frame.columns else c.item.field
    value = pl.col(name)
    basis = _basis(c) if with_basis else pl.lit(None, dtype=pl.String)
    found = frame.select(
        pl.lit(c.rule.id).alias("rule"),
        pl.lit(c.rule.part).alias("part"),
        pl.lit(c.rule.severity).alias("severity"),
        pl.lit(c.item.record).alias("section"),
        pl.lit(c.item.name).alias("item"),
        value.alias("value"),
        _message(c, value).alias("message"),
        basis.alias("basis"),
        *ORIGIN,
        *KEYS,
    )
    if c.item.record == "client":
        known = found.filter(pl.col("client_id").is_not_null())
        found = pl.concat([
            known.unique(["client_id", "value"], keep="first", maintain_order=True),
            found.filter(pl.col("client_id").is_null()),
        ])  # fmt: skip
    return found


def _message(c: Check, value: pl.Expr) -> pl.Expr:
    """The rule's message with its placeholders filled; `{value}` is that of the row."""
    text = message(c.rule, c.item)
    if "{value}" not in text:
        return pl.lit(text)
    before, after = text.split("{value}", 1)
    return pl.concat_str(
        pl.lit(before), value.fill_null("blank"), pl.lit(after.replace("{value}", "it"))
    )


def message(rule: Rule, item: DataItem | None) -> str:
    """The rule's message for an item; `{value}` and `{row}` stay for the caller."""
    text = rule.message
    if item is not None:
        text = text.replace("{field}", item.question).replace("{header}", item.header)
        largest = item.max_length if item.max is None else item.max
        text = text.replace("{min}", str(item.min)).replace("{max}", str(largest))
    return text


def _basis(c: Check) -> pl.Expr:
    """The values that the expression looks at, as one text: an explanation holds while it stays the same."""
    roots = dict.fromkeys(c.expression.meta.root_names())
    values = [pl.col(root).cast(pl.String).fill_null("") for root in roots]
    return pl.concat_str(values, separator="|")


def _in_order(found: list[pl.DataFrame], definition: CoreDataset) -> pl.DataFrame:
    if not found:
        return pl.DataFrame(schema=FINDING)
    position = {item.name: item.position for item in definition.items}
    frame = pl.concat(found)
    return frame.sort(
        pl.col("row"),
        pl.col("rule"),
        pl.col("item").replace_strict(position, return_dtype=pl.Int32),
        "part",
        maintain_order=True,
        nulls_last=True,
    )


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
    found = pl.concat(
        [
            pl.DataFrame(schema=FINDING),
            *_evaluate(_with_origin_and_keys(frame), asked, definition, False),
        ]
    )
    return [
        (definition.by_name[item], text)
        for item, text in found.select("item", "message").iter_rows()
    ]


def _with_origin_and_keys(frame: pl.DataFrame) -> pl.DataFrame:
    missing = [key for key in KEYS if key not in frame.columns]
    return with_origin(frame).with_columns(pl.lit(None, dtype=pl.String).alias(k) for k in missing)
