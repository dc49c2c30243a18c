"""What the transfer page shows, and what was found in a file that was checked."""

from __future__ import annotations

import io
from typing import Any

import polars as pl
from django.urls import reverse

from det.checking import today
from det.definition import core_dataset
from det.extract import REASONS
from det.presenters.findings import known_as, mend_address
from det.presenters.words import count
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
                "address": mend_address(
                    by_name[row["item"]],
                    row["client_record"] if row["section"] == "client" else row["record"],
                    transfer.agency.dataset,
                ),
            }
            for row in first.iter_rows(named=True)
        ],
    }


def _behind(transfer: Transfer) -> list[dict[str, Any]]:
    """Why records stay behind, with the first clients of each reason."""
    behind = transfer.selection.behind
    parts = []
    for reason, words in REASONS.items():
        rows = behind.filter(pl.col("reason") == reason)
        if rows.height:
            noun = "client" if reason == "no_episode" else "episode"
            parts.append(
                {
                    "title": f"{count(rows.height, noun)}: {words}",
                    "hidden": max(rows.height - SHOWN, 0),
                    "clients": [
                        {
                            "client": row["client_id"],
                            "address": reverse("client", args=[row["client_record"]]),
                        }
                        for row in rows.head(SHOWN).iter_rows(named=True)
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
