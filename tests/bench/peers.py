"""The same regular rules on the same file by others: python -m tests.bench.peers FILE ROWS ROUNDS

Required, date, code list, whole number, range, length and pattern, all made from our definition. ROWS is how many rows
frictionless is given; it reads row by row in Python, so that its time for each row does not depend on their number.
"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import frictionless
import pandera.polars as pa
import polars as pl
from pandera.api.polars.types import PolarsData

from tests.bench.data import DATASET
from tests.bench.files import DEFINITION
from tests.bench.measure import in_turn, ratio, seconds, tell
from validation.dataset import DataItem
from validation.files import check_path
from validation.rules import regular

KINDS = {
    "required",
    "date",
    "code",
    "integer",
    "range",
    "length",
    "characters",
    "initial",
    "agency",
    "postcode",
}
PATTERNS = {
    "identifier": regular.IDENTIFIER,
    "text": r"^[ -~]+$",
    "initial": regular.INITIAL,
    "agency": regular.AGENCY,
    "postcode_district": regular.POSTCODE_DISTRICT,
}
DATE = "%d/%m/%Y"
ITEMS = [item for item in DEFINITION.items if DATASET in item.datasets]
REQUIRED = {
    name for rule in DEFINITION.rules.values() if rule.kind == "required" for name in rule.items
}


def codes(item: DataItem) -> list[str]:
    return list(DEFINITION.lists[item.reference_list].for_dataset(DATASET))


# pandera


def on_values(good: Callable[[pl.Expr], pl.Expr], name: str) -> pa.Check:
    """A check of our own, of a column of text; blanks pass."""

    def check(data: PolarsData) -> pl.LazyFrame:
        value = pl.col(data.key)
        return data.lazyframe.select(value.is_null() | good(value).fill_null(value=False))

    return pa.Check(check, name=name)


def pandera_checks(item: DataItem) -> list[pa.Check]:
    if item.type == "date":
        return [on_values(lambda text: text.str.to_date(DATE, strict=False).is_not_null(), "date")]
    if item.type == "code":
        return [pa.Check.isin(codes(item))]
    if item.type == "integer":
        special = item.special_codes

        def in_range(text: pl.Expr) -> pl.Expr:
            number = text.cast(pl.Int64, strict=False)
            return text.is_in(special) | number.is_between(item.min or 0, item.max or 0)

        def whole(text: pl.Expr) -> pl.Expr:
            return text.is_in(special) | text.str.contains(r"^\d+$")

        return [on_values(whole, "integer"), on_values(in_range, "range")]
    checks = [pa.Check.str_matches(PATTERNS[item.type])]
    if item.max_length:
        checks.append(pa.Check.str_length(max_value=item.max_length))
    return checks


def pandera_schema() -> pa.DataFrameSchema:
    return pa.DataFrameSchema(
        {
            item.header: pa.Column(
                pl.String, pandera_checks(item), nullable=item.name not in REQUIRED
            )
            for item in ITEMS
        }
    )


def check_with_pandera(path: Path, schema: pa.DataFrameSchema) -> None:
    """Raises SchemaErrors: the file is clean."""
    schema.validate(pl.read_csv(path, infer_schema=False), lazy=True)


# frictionless


def frictionless_field(item: DataItem) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": item.name in REQUIRED}
    field = {"name": item.header, "type": "string", "constraints": constraints}
    if item.type == "date":
        field |= {"type": "date", "format": DATE}
    elif item.type == "code":
        constraints["enum"] = codes(item)
    elif item.type == "integer" and item.special_codes:
        numbers = range(item.min or 0, (item.max or 0) + 1)
        constraints["enum"] = [*map(str, numbers), *item.special_codes]
    elif item.type == "integer":
        field["type"] = "integer"
        constraints |= {"minimum": item.min, "maximum": item.max}
    else:
        constraints["pattern"] = PATTERNS[item.type]
        if item.max_length:
            constraints["maxLength"] = item.max_length
    return field


def frictionless_schema() -> frictionless.Schema:
    known = {item.header for item in ITEMS}
    others = [{"name": name, "type": "string"} for name in DEFINITION.headers if name not in known]
    fields = {field["name"]: field for field in [*map(frictionless_field, ITEMS), *others]}
    ordered = [fields[header] for header in DEFINITION.headers]
    return frictionless.Schema.from_descriptor({"fields": ordered})


def check_with_frictionless(path: Path, schema: frictionless.Schema) -> None:
    resource = frictionless.Resource(path=path.name, basepath=str(path.parent), schema=schema)
    report = resource.validate()
    if not report.valid:
        raise ValueError(f"the file is not clean: {report.flatten(['message'])[:3]}")


def main(path: Path, rows: int, rounds: int) -> dict[str, Any]:
    rules = {key: rule for key, rule in DEFINITION.rules.items() if rule.kind in KINDS}
    only_regular = replace(DEFINITION, rules=rules)
    today = datetime.date.today()
    schema = pandera_schema()
    every, regular_only, pandera = in_turn(
        lambda: check_path(path, DEFINITION, DATASET, today=today),
        lambda: check_path(path, only_regular, DATASET, today=today),
        lambda: check_with_pandera(path, schema),
        rounds=rounds,
    )
    total = check_path(path, only_regular, DATASET, today=today).rows
    part = path.with_name("part.csv")
    with path.open("rb") as file:
        part.write_bytes(b"".join(islice(file, rows + 1)))
    frictionless_seconds = seconds(lambda: check_with_frictionless(part, frictionless_schema()))
    given = min(rows, total)
    ours = median(regular_only) / total
    return {
        "every": median(every) / total,
        "regular": ours,
        "pandera": median(pandera) / total,
        "pandera_ratio": ratio(pandera, regular_only),
        "frictionless": frictionless_seconds / given,
        "frictionless_ratio": frictionless_seconds / given / ours,
        "frictionless_rows": given,
    }


if __name__ == "__main__":
    tell(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
