"""A record as a form and for review."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from det import selectors
from det.answers import shown
from det.asked import asked
from det.definition import core_dataset
from det.forms.record import RecordForm
from det.models import Finding, Record, stored_items
from det.pages import Page, page_after, pages_of
from det.presenters.findings import (
    BLANK,
    in_order,
    mend_address,
    to_all,
    told,
    way_back,
)
from det.presenters.words import a, person, tab, title
from det.selectors import User
from validation.dataset import DataItem

SET_ASIDE = "Set aside, because it is not asked"

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
    record: Record,
    page: Page,
    form: RecordForm,
    user: User,
    disputed: Collection[str],
    gone: list[Record],
) -> dict[str, Any]:
    """A page of a record as a form. `disputed`: the fields that somebody else changed too; `gone`: what was deleted."""
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
        **(way_back(client) if belongs else to_all()),
        "summary": form.summary,
        "has_errors": bool(disputed or gone)
        or any(line["severity"] == "error" for line in form.summary),
        "conflict": conflict("this record", record, form.texts, disputed, user)
        if disputed
        else None,
        "gone": [gone_line(one) for one in gone],
        "has_next": page_after(record.section, record.agency.dataset, page) is not None,
        # A page of nine is no place to delete the whole.
        "delete_address": None
        if is_new or section.pages == "group"
        else reverse("record-delete", args=[record.section, record.pk]),
    }


def conflict(
    called: str, record: Record, texts: Mapping[str, str], disputed: Collection[str], user: User
) -> dict[str, Any]:
    """Who saved a record, called so, after the page was opened, and the answers in dispute.

    Of answers that the last save has not changed nobody knows whose they are.
    """
    now = record.answers()
    given = {field for field in disputed if now[field]} or set(disputed)
    is_known = record.before.keys() >= given
    by = "You" if record.changed_by == user.email else record.changed_by
    return {
        "of": called,
        "by": by if is_known else "Somebody else",
        "at": record.changed_at if is_known else None,
        "differences": differences(record, texts, disputed),
    }


def gone_line(record: Record) -> dict[str, Any]:
    """What was deleted after the page was opened, by whom and when."""
    return {"title": title(record), "by": record.changed_by, "at": record.deleted_at}


def differences(
    record: Record, texts: Mapping[str, str], disputed: Collection[str]
) -> list[Difference]:
    """The items in dispute: as somebody else saved them, and as this person typed them."""
    now = record.answers()
    return [
        Difference(
            item.question,
            shown(item, now[item.field]) or BLANK,
            shown(item, texts[item.field]) or BLANK,
        )
        for item in stored_items(record.section)
        if item.field in disputed
    ]


def undo_page(record: Record) -> dict[str, Any]:
    """What the last save of a record changed: as it is, and as it will be again."""
    return {
        "title": title(record),
        "person": person(record.client),
        "back": reverse("client", args=[record.client.pk]),
        "lines": [
            {
                "question": item.question,
                "now": shown(item, record.value(item.field))
                or (SET_ASIDE if item.field in record.set_aside else BLANK),
                "before": shown(item, record.before[item.field]) or BLANK,
            }
            for item in stored_items(record.section)
            if item.field in record.before
        ],
    }


def known(findings: Iterable[Finding]) -> set[Known]:
    """Findings by what they say, to see after a save which are new."""
    return {(f.rule, f.part, f.item, f.value) for f in findings}


def new_on_page(findings: Iterable[Finding], before: set[Known], form: RecordForm) -> list[Finding]:
    """The findings on items of the page that a save brought up.

    A blank is no news where its question was on the page: it was just seen.
    """
    seen = {item.name for item in form.page.items if form.is_asked.get(item.field, True)}
    here = {item.name for item in form.page.items}
    return [
        f
        for f in findings
        if f.item in here
        and not f.explained
        and (f.value or f.severity == "error" or f.item not in seen)
        and (f.rule, f.part, f.item, f.value) not in before
    ]


def blanks_on_page(findings: Iterable[Finding], page: Page) -> int:
    """How many answers of the page are missing."""
    here = {item.name for item in page.items}
    return len(
        {f.item for f in findings if f.item in here and f.is_about_blank and not f.explained}
    )


def review_page(record: Record) -> dict[str, Any]:
    """All answers of a record by page and group; a blank that is not asked is left out."""
    dataset = record.agency.dataset
    is_asked = asked(stored_items(record.section), record, record.values())
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
                "lines": lines(there, record),
            }
            for page in pages_of(record.section, dataset)
            for group, items in page.groups
            if (there := [i for i in items if is_asked.get(i.field, True) or record.value(i.field)])
        ],
        "delete_address": reverse("record-delete", args=[record.section, record.pk]),
    }
