"""Findings as lines with the way to mend them; the fix list; explaining a warning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.urls import reverse

from det import selectors
from det.answers import is_long
from det.definition import core_dataset
from det.forms.explanation import ExplanationForm
from det.models import Explanation, Finding
from det.pages import page_with
from det.presenters.words import count, person, tab
from validation.dataset import DataItem

PAGE_SIZE = 50


@dataclass(frozen=True)
class Told:
    """A finding with the way to mend it."""

    severity: str
    message: str
    question: str
    address: str
    client: str
    client_address: str
    explain_address: str
    explained: bool


def told(finding: Finding, agency_dataset: str) -> Told:
    """A finding as a line with a link that focuses its field."""
    item = core_dataset().by_name[finding.item]
    return Told(
        severity=finding.severity,
        message=finding.message,
        question=item.question,
        address=mend_address(item, finding.record, agency_dataset),
        client=finding.client.identifier,
        client_address=reverse("client", args=[finding.client_id]),
        explain_address=reverse("finding-explain", args=[finding.pk])
        if finding.severity == "warning"
        else "",
        explained=finding.explained,
    )


def mend_address(item: DataItem, record: UUID | str, dataset: str) -> str:
    """The form page on which an item of a record is changed; the fragment is the field."""
    page = page_with(item.record, dataset, item.field)
    address = reverse("record-change", args=[item.record, record, page.id])
    ticks = core_dataset().groups[item.group].style == "ticks"
    radios = item.type == "code" and not ticks and not is_long(item, dataset)
    return f"{address}#id_{item.field}{'_0' if radios else ''}"


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Errors first, then in the order in which the items are asked.

    Two rules may say the same of one field, such as that it is missing; people read it once.
    """
    definition = core_dataset()

    def place(finding: Finding) -> tuple[str, int, int, int]:
        item = definition.by_name[finding.item]
        section, group = definition.sections[item.record], definition.groups[item.group]
        return finding.severity, section.order, group.order, item.order

    seen: set[tuple[UUID, str, str]] = set()
    kept = []
    for finding in sorted(findings, key=place):
        key = (finding.record, finding.item, finding.message)
        if key not in seen:
            seen.add(key)
            kept.append(finding)
    return kept


def fix_list(
    causes: list[selectors.Cause], findings: Any, chosen: str, number: str
) -> dict[str, Any]:
    """The causes, and the findings of the chosen one, a page of them."""
    by_name = core_dataset().by_name
    page = Paginator(findings, PAGE_SIZE).get_page(number)
    return {
        "severities": [
            {
                "title": {"error": "Errors", "warning": "Warnings"}[severity],
                "causes": [
                    {
                        "message": c.message if c.findings == 1 else generic(c),
                        "question": by_name[c.item].question,
                        "rule": c.rule,
                        "clients": count(c.clients, "client"),
                    }
                    for c in found
                ],
            }
            for severity, found in (
                (severity, list(group)) for severity, group in groupby(causes, lambda c: c.severity)
            )
        ],
        "more": f"&rule={chosen}",
        "chosen": chosen if chosen and page.paginator.count else "",
        "page": page,
        "lines": [told(f, f.agency.dataset) for f in page],
    }


def generic(cause: selectors.Cause) -> str:
    """The message of a rule that found several values, without one of them."""
    rule = core_dataset().rules[cause.rule + cause.part]
    item = core_dataset().by_name[cause.item]
    text = rule.message.replace("{field}", item.question).replace("{value}", "The answer")
    return text.replace("{min}", str(item.min)).replace("{max}", str(item.max))


def explain_page(
    finding: Finding, form: ExplanationForm, explanation: Explanation | None
) -> dict[str, Any]:
    line = told(finding, finding.agency.dataset)
    return {
        "finding": finding,
        "told": line,
        "form": form,
        "explanation": explanation,
        "person": person(finding.client),
        "tab": tab(finding.client),
        "back": reverse("client", args=[finding.client_id]),
        "summary": [
            {"message": error, "field_id": "id_text", "severity": "error"}
            for error in form.errors.get("text", [])
        ],
    }
