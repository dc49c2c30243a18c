"""Check a file: what the rules find in an extract from any system. Nothing of it is kept."""

from __future__ import annotations

import csv
import io
from typing import Any, cast

import polars as pl
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from det import crispy
from det.checking import today
from det.definition import core_dataset
from ndtms.accounts.models import User
from ndtms.cells import safe
from ndtms.submissions import services
from ndtms.submissions.forms import CheckFileForm
from validation.files import Report, as_objects, check_reading
from validation.reading import read_bytes

SHOWN = 200
"""So many findings are listed on the page; the file of findings holds all."""


@require_http_methods(["GET", "HEAD", "POST"])
def check_file(request: HttpRequest) -> HttpResponse:
    """Asks for a file, judges it, and shows what was found or gives it as a file."""
    if request.method != "POST":
        return _page(request, CheckFileForm())
    form = CheckFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    definition = core_dataset()
    report = check_reading(
        read_bytes(form.cleaned_data["file"].read(), definition),
        definition,
        form.cleaned_data["dataset"],
        agency=form.cleaned_data["agency"] or None,
        today=today(),
    )
    services.note_check(user=cast(User, request.user), report=report)
    if request.POST.get("as") == "csv":
        return _findings_file(report)
    return _page(request, form, report=report, name=form.cleaned_data["file"].name)


def _page(
    request: HttpRequest, form: CheckFileForm, status: int = 200, **about: Any
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "summary": crispy.summary(form), **about}
    if "report" in about:
        context |= _told(about["report"])
    return render(request, "submissions/check_file.html", context, status=status)


def _told(report: Report) -> dict[str, Any]:
    """How often each rule found something, with one of its messages, and the first findings."""
    by_rule = (
        report.findings.group_by("rule", "severity", maintain_order=True)
        .agg(pl.len().alias("findings"), pl.col("message").first())
        .sort("findings", descending=True, maintain_order=True)
    )
    return {
        "by_rule": by_rule.to_dicts(),
        "findings": as_objects(report.findings.head(SHOWN), core_dataset()),
        "total": report.findings.height,
        "hidden": max(report.findings.height - SHOWN, 0),
    }


def _findings_file(report: Report) -> HttpResponse:
    """All findings as CSV, whose cells no spreadsheet takes for formulas."""
    out = io.StringIO(newline="")
    found = as_objects(report.findings, core_dataset())
    names = [
        "rule",
        "severity",
        "row",
        "client_id",
        "episode_id",
        "item",
        "value",
        "message",
    ]
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows([safe(finding[name]) for name in names] for finding in found)
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="findings.csv"'
    return response
