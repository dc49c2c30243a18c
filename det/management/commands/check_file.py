"""Checks any CDS-Q CSV and stores nothing. Exit 0: could be submitted; 1: findings; 2: rejected or unreadable."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from det.checking import today
from det.definition import core_dataset
from det.management.arguments import REFUSED, dataset, day
from det.management.telling import tell
from validation.files import Report, as_object, check_path, not_listed, place, printable

COULD_BE_SUBMITTED, FINDINGS = 0, 1


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--dataset", required=True, type=dataset)
        parser.add_argument("--agency", type=str.upper, help="the code that every row must bear")
        parser.add_argument("--today", type=day, help="the day of the upload, yyyy-mm-dd")
        parser.add_argument("--period-end", type=day, help="later dates are doubtful, yyyy-mm-dd")
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        definition = core_dataset()
        report = check_path(
            Path(options["file"]),
            definition,
            options["dataset"],
            agency=options["agency"],
            today=options["today"] or today(),
            period_end=options["period_end"],
        )
        told = as_object(report, options["file"], definition)
        if options["format"] == "json":
            tell(self.stdout, [json.dumps(told, indent=1)])
        else:
            tell(self.stdout, _lines(told, not_listed(report, definition)))
        code = _exit_code(report)
        if code != COULD_BE_SUBMITTED:
            sys.exit(code)


def _exit_code(report: Report) -> int:
    if report.rejected:
        return REFUSED
    return COULD_BE_SUBMITTED if report.findings.is_empty() else FINDINGS


def _lines(told: dict[str, Any], more: list[dict[str, Any]]) -> list[str]:
    """The report for a person: the summary, one line for each finding, and how many are not listed."""
    lines = [
        f"{told['file']}: dataset {told['dataset']}, {told['rows']} rows, {told['episodes']} episodes"
    ]
    if told["rejected"]:
        lines.append("The file is rejected:")
    else:
        lines.append(
            f"Load {told['load_percentage']} %, data quality {told['data_quality_percentage']} %"
        )
    for finding in told["findings"]:
        lines.append(
            f"{finding['rule']} {finding['severity']}: {place(finding)}: {finding['message']}"
        )
    for left in more:
        lines.append(f"{left['rule']} {left['severity']}: {left['item']}: {left['message']}")
    return [printable(line) for line in lines]
