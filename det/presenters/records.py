"""A record as a form and for review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from det import selectors
from det.answers import shown
from det.definition import core_dataset
from det.forms.record import RecordForm
from det.models import Finding, Record, stored_items
from det.pages import Page, pages_of
from det.presenters.findings import in_order, mend_address, told
from det.presenters.words import a, person, tab, title
from validation.dataset import DataItem

BLANK = "Not answered"

Known = tuple[str, str, str, str]
"""What a finding says: rule, part, item, value."""


@dataclass(frozen=True)
class Difference:
    """An item on which what somebody else saved and what this person typed differ."""

    question: str
    theirs: str
    yours: str


def lines(items: Iterable[DataItem], record: Record) -> list[dict[str, str]]:
    """Question and answer of each item, with the way to change it."""
    dataset = record.agency.dataset
    return [
        {
            "question": item.question,
            "answer": shown(item, record.value(item.field)) or BLANK,
            "address": mend_address(item, record.pk, dataset),
        }
        for item in items
    ]


def form_page(
    record: Record, page: Page, form: RecordForm, conflict: list[Difference]
) -> dict[str, Any]:
    """A page of a record as a form."""
    is_new = record.version == 0
    section = core_dataset().sections[record.section]
    client = record.client
    heading = f"Add {a(section.title.lower())}" if is_new else f"{page.title}"
    belongs = None if is_new and record.parent is None else client
    return {
        "form": form,
        "record": record,
        "page": page,
        "heading": heading,
        "tab": tab(record, heading),
        "record_title": None if is_new else title(record),
        "person": person(client) if belongs else "",
        "back": reverse("client", args=[client.pk]) if belongs else reverse("client-list"),
        "summary": form.summary,
        "has_errors": any(line["severity"] == "error" for line in form.summary),
        "conflict": conflict,
        "saved_by": record.changed_by,
        "saved_at": record.changed_at,
        "has_next": section.pages == "group",
        "delete_address": None
        if is_new
        else reverse("record-delete", args=[record.section, record.pk]),
    }


def differences(record: Record, texts: dict[str, str]) -> list[Difference]:
    """The items on which the saved record and the typed answers differ."""
    return [
        Difference(
            item.question,
            shown(item, record.value(item.field)) or BLANK,
            shown(item, texts[item.field]) or BLANK,
        )
        for item in stored_items(record.section)
        if item.field in texts and texts[item.field] != record.value(item.field)
    ]


def known(findings: Iterable[Finding]) -> set[Known]:
    """Findings by what they say, to see after a save which are new."""
    return {(f.rule, f.part, f.item, f.value) for f in findings}


def new_on_page(
    findings: Iterable[Finding], before: set[Known], record: Record, page: Page
) -> bool:
    """True when a save brought up a finding on an item of the page. A blank is not news: the page was just seen."""
    here = {item.name for item in page.items}
    return any(
        f.item in here and not f.explained and (f.value or f.severity == "error")
        for f in findings
        if (f.rule, f.part, f.item, f.value) not in before
    )


def review_page(record: Record) -> dict[str, Any]:
    """All answers of a record by page and group."""
    dataset = record.agency.dataset
    findings = in_order(selectors.findings_of_record(record))
    return {
        "record": record,
        "title": title(record),
        "tab": tab(record),
        "person": person(record.client),
        "back": reverse("client", args=[record.client.pk]),
        "findings": [told(f, dataset) for f in findings if not f.explained],
        "groups": [
            {
                "title": group.title,
                "lines": lines(items, record),
            }
            for page in pages_of(record.section, dataset)
            for group, items in page.groups
        ],
        "delete_address": reverse("record-delete", args=[record.section, record.pk]),
    }
