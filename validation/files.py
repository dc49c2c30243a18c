"""Checks a whole file: reading, agency, all rules, percentages. Stores nothing."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from validation.dataset import CoreDataset
from validation.engine import FINDING, check, message
from validation.reading import MAX_PROBLEMS, Problem, Reading, read_file
from validation.records import KEYS, gather

REJECTED = "file"
ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True)
class Report:
    """What was found in a file. `findings` has the columns of validation.engine.FINDING."""

    dataset: str
    rejected: bool
    rows: int
    episodes: int
    load_percentage: int
    data_quality_percentage: int
    findings: pl.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """Severity -> number of findings."""
        by_severity = self.findings.group_by("severity").len().sort("severity")
        return dict(by_severity.iter_rows())

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
) -> Report:
    """Checks a file on disk; `agency` is the code that every row must bear, None: not looked at."""
    return check_reading(
        read_file(path, definition),
        definition,
        dataset,
        agency=agency,
        today=today,
        period_end=period_end,
    )


def check_reading(
    reading: Reading,
    definition: CoreDataset,
    dataset: str,
    *,
    agency: str | None = None,
    today: datetime.date,
    period_end: datetime.date | None = None,
) -> Report:
    """Checks a file that was read. A file that is rejected is judged no further."""
    if reading.rows is None:
        findings = problem_findings(reading.problems, definition)
        return Report(dataset, True, 0, 0, 0, 0, findings)
    rows = reading.rows
    problems = _agency_problems(rows, definition, agency)
    rejecting = [p for p in problems if definition.rules[p.rule].severity == REJECTED]
    if rejecting:
        findings = problem_findings(tuple(rejecting), definition)
        return Report(dataset, True, rows.height, 0, 0, 0, findings)
    records = gather(rows, definition)
    found = check(records, definition, dataset, today=today, period_end=period_end)
    found = pl.concat([problem_findings(tuple(problems), definition), found])
    units = records["episode"].select(KEYS).unique()
    return Report(
        dataset=dataset,
        rejected=False,
        rows=rows.height,
        episodes=units.filter(pl.col("episode_id").is_not_null()).height,
        load_percentage=share_without(units, found, ERROR),
        data_quality_percentage=share_without(units, found, WARNING),
        findings=found,
    )


def share_without(units: pl.DataFrame, found: pl.DataFrame, severity: str) -> int:
    """The whole percentage, rounded down, of the episodes (KEYS, one row each) without a finding of the severity.

    A finding on a client item counts against all episodes of the client; a client without consent counts as one.
    """
    flawed = found.filter(pl.col("severity") == severity)
    of_client = pl.col("section") == "client"
    clients = flawed.filter(of_client).select("client_id").unique()
    episodes = flawed.filter(of_client.not_()).select(KEYS).unique()
    good = units.join(clients, on="client_id", how="anti", nulls_equal=True).join(
        episodes, on=KEYS, how="anti", nulls_equal=True
    )
    return 100 if units.is_empty() else 100 * good.height // units.height


def _agency_problems(
    rows: pl.DataFrame, definition: CoreDataset, agency: str | None
) -> list[Problem]:
    """Rows of another agency than the account's (NQ005), or of more than one (NQ007); the first row of each code."""
    header = definition.by_name["client.agency_code"].header
    first_rows = rows.select("row", header).drop_nulls().unique(header, keep="first").sort("row")
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
        text = message(rule, item).replace("{header}", problem.header)
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
        "findings": as_objects(report.findings, definition),
    }


def as_objects(findings: pl.DataFrame, definition: CoreDataset) -> list[dict[str, Any]]:
    """Findings with the header of their item, each as one object."""
    headers = {item.name: item.header for item in definition.items}
    return findings.select(
        "rule",
        "severity",
        "row",
        "client_id",
        "episode_id",
        pl.col("item").replace(headers),
        "value",
        "message",
    ).to_dicts()


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
