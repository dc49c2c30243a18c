"""Checks a whole file: reading, agency, all rules, percentages. Stores nothing."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from validation.dataset import CoreDataset
from validation.engine import FILE, FINDING, Flawed, message, tally
from validation.problems import MAX_PROBLEMS, Problem
from validation.reading import Reading, read_file
from validation.records import KEYS, gather
from validation.spelling import in_capitals

REJECTED = "file"
ERROR = "error"
WARNING = "warning"


EACH = 100
"""So many findings of a rule and item are listed; the rest are counted."""
MAX_SHOWN = 200
"""So many characters of a value are shown."""


@dataclass(frozen=True)
class Report:
    """What was found in a file.

    `tallies` (columns validation.engine.COUNT) counts all that was found; `findings` (columns FINDING) lists the first
    of each rule and item.
    """

    dataset: str
    rejected: bool
    rows: int
    episodes: int
    load_percentage: int
    data_quality_percentage: int
    findings: pl.DataFrame
    tallies: pl.DataFrame

    @property
    def total(self) -> int:
        """How many findings there are, listed or not."""
        return int(self.tallies["total"].sum())

    @property
    def counts(self) -> dict[str, int]:
        """Severity -> number of findings."""
        by_severity = self.tallies.group_by("severity").agg(pl.col("total").sum())
        return dict(by_severity.sort("severity").iter_rows())

    @property
    def counts_by_rule(self) -> dict[str, dict[str, int]]:
        """Rule -> how many findings there are in all (`total`), and how many of them `findings` lists (`listed`)."""
        by_rule = self.tallies.group_by("rule").agg(pl.col("total", "listed").sum()).sort("rule")
        return {
            rule: {"total": total, "listed": listed} for rule, total, listed in by_rule.iter_rows()
        }

    @property
    def could_be_submitted(self) -> bool:
        return not self.rejected and self.findings.is_empty()


def check_path(
    path: Path,
    definition: CoreDataset,
    dataset: str,
    *,
    agency: str | None = None,
    today: datetime.date,
    period_end: datetime.date | None = None,
    each: int | None = EACH,
) -> Report:
    """Checks a file on disk; see `check_reading`."""
    return check_reading(
        read_file(path, definition),
        definition,
        dataset,
        agency=agency,
        today=today,
        period_end=period_end,
        each=each,
    )


def check_reading(
    reading: Reading,
    definition: CoreDataset,
    dataset: str,
    *,
    agency: str | None = None,
    today: datetime.date,
    period_end: datetime.date | None = None,
    each: int | None = EACH,
) -> Report:
    """Checks a file that was read. A file that is rejected is judged no further.

    `agency` is the code that every row must bear, None: not looked at. At most `each` findings of a rule and item are
    listed (None: all); the counts and percentages are of all.
    """
    if reading.rows is None:
        return _rejected(reading.problems, definition, dataset, rows=0)
    rows = reading.rows
    problems = _agency_problems(rows, definition, agency)
    rejecting = tuple(p for p in problems if definition.rules[p.rule].severity == REJECTED)
    if rejecting:
        return _rejected(rejecting, definition, dataset, rows=rows.height)
    records = gather(rows, definition)
    found = tally(records, definition, dataset, today=today, period_end=period_end, each=each)
    about_file = problem_findings(tuple(problems), definition)
    units = records["episode"].select(KEYS).unique()
    return Report(
        dataset=dataset,
        rejected=False,
        rows=rows.height,
        episodes=units.filter(pl.col("episode_id").is_not_null()).height,
        load_percentage=_share(units, found.flawed.get(ERROR)),
        data_quality_percentage=_share(units, found.flawed.get(WARNING)),
        findings=pl.concat([about_file, found.findings]),
        tallies=pl.concat([_counted(about_file), found.counts]),
    )


def _rejected(
    problems: tuple[Problem, ...], definition: CoreDataset, dataset: str, rows: int
) -> Report:
    findings = problem_findings(problems, definition)
    return Report(dataset, True, rows, 0, 0, 0, findings, _counted(findings))


def _counted(findings: pl.DataFrame) -> pl.DataFrame:
    """The counts of findings that are all listed."""
    by_item = findings.group_by("rule", "part", "severity", "item", maintain_order=True)
    return by_item.agg(pl.len().cast(pl.Int64).alias(name) for name in ("total", "listed"))


def share_without(units: pl.DataFrame, found: pl.DataFrame, severity: str) -> int:
    """The whole percentage, rounded down, of the episodes (KEYS, one row each) without a finding of the severity.

    A finding on a client item counts against all episodes of the client; a client without consent counts as one.
    """
    flawed = found.filter(pl.col("severity") == severity)
    of_client = pl.col("section") == "client"
    clients = flawed.filter(of_client).select("client_id").unique()
    episodes = flawed.filter(of_client.not_()).select(KEYS).unique()
    return _share(units, Flawed(clients, episodes))


def _share(units: pl.DataFrame, flawed: Flawed | None) -> int:
    """The whole percentage, rounded down, of the episodes that no finding is about."""
    if units.is_empty() or flawed is None:
        return 100
    good = units.join(flawed.clients, on="client_id", how="anti", nulls_equal=True).join(
        flawed.episodes, on=KEYS, how="anti", nulls_equal=True
    )
    return 100 * good.height // units.height


def _agency_problems(
    rows: pl.DataFrame, definition: CoreDataset, agency: str | None
) -> list[Problem]:
    """Rows of another agency than the account's (NQ005), or of more than one (NQ007); the first row of each code."""
    header = definition.by_name["client.agency_code"].header
    codes_given = rows.select("row", in_capitals(pl.col(header)).alias(header)).drop_nulls()
    first_rows = codes_given.unique(header, keep="first").sort("row")
    codes = [(code, row) for row, code in first_rows.head(MAX_PROBLEMS).iter_rows()]
    if agency is not None:
        return [Problem("NQ005", row, header, code) for code, row in codes if code != agency]
    return [Problem("NQ007", row, header, code) for code, row in codes[1:]]


def problem_findings(problems: tuple[Problem, ...], definition: CoreDataset) -> pl.DataFrame:
    """Problems with a file as a frame of findings."""
    found = []
    for problem in problems:
        rule = definition.rules[problem.rule]
        item = definition.by_header.get(problem.header)
        text = message(rule, item, FILE).replace("{header}", problem.header)
        text = text.replace("{row}", str(problem.row or "")).replace("{value}", problem.value)
        found.append(
            {
                "rule": rule.id,
                "part": rule.part,
                "severity": rule.severity,
                "section": "file",
                "item": item.name if item else problem.header,
                "value": problem.value or None,
                "message": problem.reason or text,
                "row": problem.row,
            }
        )
    return pl.DataFrame(found, schema=FINDING)


def as_object(report: Report, file: str, definition: CoreDataset) -> dict[str, Any]:
    """The report as one object for JSON: see docs/commands.md."""
    return {
        "file": file,
        "dataset": report.dataset,
        "rejected": report.rejected,
        "rows": report.rows,
        "episodes": report.episodes,
        "load_percentage": report.load_percentage,
        "data_quality_percentage": report.data_quality_percentage,
        "counts": report.counts,
        "counts_by_rule": report.counts_by_rule,
        "findings": as_objects(report.findings, definition),
    }


def as_objects(findings: pl.DataFrame, definition: CoreDataset) -> list[dict[str, Any]]:
    """Findings with the header of their item, each as one object; values of any length are cut."""
    headers = {item.name: item.header for item in definition.items}
    return findings.select(
        "rule",
        "severity",
        "row",
        _cut("client_id"),
        _cut("episode_id"),
        pl.col("item").replace(headers),
        _cut("value"),
        _cut("message", 2 * MAX_SHOWN),
    ).to_dicts()


def _cut(column: str, length: int = MAX_SHOWN) -> pl.Expr:
    """The text, or its beginning where it is longer."""
    text = pl.col(column)
    beginning = pl.concat_str(text.str.head(length), pl.lit("..."))
    return pl.when(text.str.len_chars() > length).then(beginning).otherwise(text).alias(column)


def by_rule(report: Report) -> list[dict[str, Any]]:
    """How often each rule found something, the most frequent first: rule, severity, `findings`, one `message`."""
    examples = report.findings.group_by("rule", "severity", maintain_order=True).agg(
        pl.col("message").first()
    )
    counts = report.tallies.group_by("rule", "severity").agg(findings=pl.col("total").sum())
    joined = examples.join(counts, on=["rule", "severity"], maintain_order="left")
    return (
        joined.select("rule", "severity", "findings", _cut("message", 2 * MAX_SHOWN))
        .sort("findings", descending=True, maintain_order=True)
        .to_dicts()
    )


def not_listed(report: Report, definition: CoreDataset) -> list[dict[str, Any]]:
    """For each rule and item whose findings are not all listed, how many are not; in the keys of `as_objects`."""
    headers = {item.name: item.header for item in definition.items}
    more = report.tallies.filter(pl.col("total") > pl.col("listed")).sort("rule", "part", "item")
    return [
        {
            "rule": line["rule"],
            "severity": line["severity"],
            "row": None,
            "client_id": None,
            "episode_id": None,
            "item": headers[line["item"]],
            "value": None,
            "message": f"{line['total'] - line['listed']:,} more findings of this rule and item are not listed.",
        }
        for line in more.iter_rows(named=True)
    ]


def place(finding: Mapping[str, Any]) -> str:
    """Row, client, item and value of a finding of `as_object`, as far as it has them, in one line."""
    parts = (
        f"row {finding['row']}" if finding["row"] else "",
        f"client {finding['client_id']}" if finding["client_id"] else "",
        str(finding["item"] or ""),
        repr(finding["value"])
        if finding["value"]
        else "blank"
        if finding["severity"] != REJECTED
        else "",
    )
    return printable(", ".join(part for part in parts if part))


def printable(text: str) -> str:
    """The text in one line in which every character can be seen: others are escaped, such as an end of line."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
