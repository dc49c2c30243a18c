"""What a message says of the row that broke the rule: values in words, and the dates and answers of other items.

A rule's message (rules.csv) may hold `{value}`, the value as it was given; `{answer}`, the code or date in words;
`{ended}` and `{instead}`, the last day of a code and what took over; `{sharing}`, the clients of a rule about a group;
and, in brackets, any column of the frame: "Triage date ({triage_date}) is before the referral date
({referral_date})". A sentence about several rows goes
without its brackets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl

from validation.dataset import Code, CoreDataset, DataItem
from validation.prepare import NO_END, TEXT, parse_date

PLACEHOLDER = re.compile(r"\{([a-z_0-9]+)\}")
BRACKETS = re.compile(r" \([^()]*\{[a-z_0-9]+\}[^()]*\)")
OF_THE_ANSWER = ("answer", "ended", "instead")
SHARING = "sharing"
OF_ANOTHER = "episode_"
"""What a list calls the columns of its episode, and of the client, begins with it."""
HOLDS = {
    "first_start": "intervention.start_date",
    "last_start": "intervention.start_date",
    "last_end": "intervention.end_date",
    "open_since": "intervention.start_date",
    "open_kind": "intervention.intervention_type",
    "earlier_end": "episode.discharge_date",
    "previous_profile_date": "outcomes_profile.profile_date",
}
"""Derived columns that hold an answer as it was given: the item whose it is. `follows` holds one of two."""
IN_USE = "one that is in use"
DAY = "%-d %B %Y"


def without_values(text: str) -> str:
    """The message of several rows: without what differs from row to row."""
    text = BRACKETS.sub("", text)
    return text.replace("{value}", "The answer").replace("{answer}", "The answer")


def columns(text: str) -> list[str]:
    """The columns of which a message speaks, beside the value itself."""
    found = PLACEHOLDER.findall(text)
    return [name for name in dict.fromkeys(found) if name not in ("value", *OF_THE_ANSWER)]


def filled(
    text: str, item: DataItem, value: pl.Expr, schema: pl.Schema, definition: CoreDataset
) -> pl.Expr:
    """The message of each row. `text`: of the rule, about the item, whose values `value` are.

    A value that comes again is called it.
    """
    parts = PLACEHOLDER.split(text)
    literals, names = parts[::2], parts[1::2]
    said = [pl.lit(literals[0])]
    for n, name in enumerate(names):
        again = name == "value" and name in names[:n]
        said.append(pl.lit("it") if again else _said(name, item, value, schema, definition))
        said.append(pl.lit(literals[n + 1]))
    return pl.concat_str(said)


def _said(
    name: str, item: DataItem, value: pl.Expr, schema: pl.Schema, definition: CoreDataset
) -> pl.Expr:
    if name == "value":
        words = value
    elif name in OF_THE_ANSWER:
        words = _of_answer(name, item, value, definition)
    elif schema[name] == pl.Date:
        is_open = pl.col(name) == NO_END
        words = pl.when(is_open).then(pl.lit("still open")).otherwise(_day(pl.col(name)))
    elif name.endswith(TEXT):
        words = _date_in_words(pl.col(name))
    else:
        words = _in_words(pl.col(name).cast(pl.String), item_of(name, item, definition), definition)
    return words.fill_null("blank")


def _date_in_words(text: pl.Expr) -> pl.Expr:
    """A text that may be a date: in words where it is one, otherwise as it is."""
    return pl.coalesce(_day(parse_date(text)), text)


def _day(day: pl.Expr) -> pl.Expr:
    return day.dt.strftime(DAY)


def item_of(name: str, item: DataItem, definition: CoreDataset) -> DataItem | None:
    """The item whose answers a column of the item's frame holds, or None."""
    names = [HOLDS.get(name, "")]
    names += [f"{record}.{name}" for record in (item.frame, "client")]
    field = name.removeprefix(OF_ANOTHER)
    names += [f"{record}.{field}" for record in ("episode", "client")]
    return next((definition.by_name[n] for n in names if n in definition.by_name), None)


def _in_words(code: pl.Expr, item: DataItem | None, definition: CoreDataset) -> pl.Expr:
    if item is None or not item.reference_list:
        return code
    codes = definition.lists[item.reference_list].codes
    return code.replace_strict(
        {name: entry.text for name, entry in codes.items()}, default=code, return_dtype=pl.String
    )


def _of_answer(name: str, item: DataItem, value: pl.Expr, definition: CoreDataset) -> pl.Expr:
    if not item.reference_list:
        return _date_in_words(value)
    codes = definition.lists[item.reference_list].codes
    texts = {code: _about(name, entry, codes) for code, entry in codes.items()}
    default = value if name == "answer" else pl.lit(IN_USE)
    return value.replace_strict(texts, default=default, return_dtype=pl.String)


def _about(name: str, entry: Code, codes: Mapping[str, Code]) -> str:
    if name == "ended":
        return f"{entry.valid_to.day} {entry.valid_to:%B %Y}" if entry.valid_to else ""
    if name == "instead":
        return " or ".join(codes[code].text for code in entry.successors) or IN_USE
    return f"{entry.text} ({entry.code})"
