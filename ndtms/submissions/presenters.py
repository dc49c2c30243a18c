"""What the transfer page shows, and what was found in a file that was checked."""

from __future__ import annotations

import io
from typing import Any

import polars as pl
from django.urls import reverse

from det import crispy
from det.checking import today
from det.definition import core_dataset
from det.extract import NO_EPISODE, REASONS
from det.presenters.findings import known_as, mend_address
from det.presenters.words import count, placed
from det.selectors import clients_by_key
from det.transfer import Transfer
from ndtms.cells import safe_column
from ndtms.submissions.forms import PeriodForm

SHOWN = 25
"""So many findings of a severity, and so many who stay behind for a reason, are listed; the rest are counted."""


def transfer_page(transfer: Transfer, form: PeriodForm) -> dict[str, Any]:
    """Everything on the transfer page."""
    period = transfer.period
    return {
        "form": form,
        "summary": crispy.summary(form),
        "period": period,
        "period_value": period.end.isoformat(),
        "days_left": (period.deadline - today()).days,
        "not_over": period.end > today(),
        "transfer": transfer,
        "rows": transfer.rows.height,
        "errors": _severity(transfer, "error"),
        "warnings": _severity(transfer, "warning"),
        "behind": _behind(transfer),
        "provisional_headers": transfer.provisional_headers,
        "provisional_codes": transfer.provisional_codes,
    }


def _severity(transfer: Transfer, severity: str) -> dict[str, Any]:
    """The open findings of a severity: how many, and the first of them with links."""
    found = transfer.open_findings(severity).unique(
        ["record", "client_record", "item", "message"], keep="first", maintain_order=True
    )
    by_name = core_dataset().by_name
    first = found.head(SHOWN)
    people = clients_by_key(transfer.agency, first["client_record"])
    dates = _dates(transfer, first)
    return {
        "total": found.height,
        "hidden": max(found.height - SHOWN, 0),
        "lines": [
            {
                "severity": severity,
                "message": row["message"],
                "client": row["client_id"],
                "person": known_as(people[row["client_record"]]),
                "client_address": reverse("client", args=[row["client_record"]]),
                "record": _which(row, dates),
                "address": mend_address(
                    by_name[row["item"]],
                    row["client_record"] if row["section"] == "client" else row["record"],
                    transfer.agency.dataset,
                ),
            }
            for row in first.iter_rows(named=True)
        ],
    }


def _which(row: dict[str, Any], dates: dict[str, str]) -> str:
    """Which record of its client a finding is on, by kind and date; '' for the client, of whom there is one."""
    section = row["section"]
    return "" if section == "client" else placed(section, dates[row["record"]])


def _dates(transfer: Transfer, found: pl.DataFrame) -> dict[str, str]:
    """Record -> the text of its date, of the records that the findings are on."""
    dates: dict[str, str] = {}
    for name, frame in transfer.selection.records.frames.items():
        there = frame.filter(pl.col("record").is_in(found["record"].implode()))
        dates |= there.select("record", core_dataset().sections[name].date_field).iter_rows()
    return dates


def _behind(transfer: Transfer) -> list[dict[str, Any]]:
    """Why records stay behind, with the first of each reason: the client, and which episode."""
    behind = transfer.selection.behind
    first = behind.group_by("reason", maintain_order=True).head(SHOWN)
    people = clients_by_key(transfer.agency, first["client_record"])
    parts = []
    for reason, words in REASONS.items():
        number = behind.filter(pl.col("reason") == reason).height
        is_client = reason == NO_EPISODE
        rows = first.filter(pl.col("reason") == reason)
        if number:
            parts.append(
                {
                    "title": f"{count(number, 'client' if is_client else 'episode')}: {words}",
                    "hidden": number - rows.height,
                    "lines": [
                        {
                            "person": known_as(people[row["client_record"]]),
                            "client": row["client_id"],
                            "address": reverse("client", args=[row["client_record"]]),
                            "record": "" if is_client else placed("episode", row["triage_date"]),
                        }
                        for row in rows.iter_rows(named=True)
                    ],
                }
            )
    return parts


LISTED = 200
"""So many findings of a file are listed on the page."""
FINDING = ["rule", "severity", "row", "client_id", "episode_id", "item", "value", "message"]


def checked_file(checked: dict[str, Any]) -> dict[str, Any]:
    """What was found in a file (see validation.apart): how often by rule, and the first findings."""
    report = checked["report"]
    total = sum(report["counts"].values())
    return {
        "report": report,
        "could_be_submitted": not report["rejected"] and not total,
        "by_rule": checked["by_rule"],
        "findings": report["findings"][:LISTED],
        "total": total,
        "hidden": max(total - LISTED, 0),
        "not_listed": total - len(report["findings"]),
    }


def findings_file(checked: dict[str, Any]) -> bytes:
    """The findings as CSV, whose cells no spreadsheet takes for formulas; at its end how many are not listed."""
    lines = [*checked["report"]["findings"], *checked["not_listed"]]
    frame = pl.DataFrame(lines, schema=dict.fromkeys(FINDING, pl.String), strict=False)
    out = io.BytesIO()
    frame.select(safe_column(name) for name in FINDING).write_csv(
        out, include_bom=True, line_terminator="\r\n"
    )
    return out.getvalue()
