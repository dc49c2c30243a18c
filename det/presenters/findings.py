"""Findings as lines with the way to mend them; the fix list; explaining a warning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.core.paginator import Page
from django.urls import reverse

from det.answers import RADIOS, kind, shown
from det.definition import core_dataset
from det.deleted import deleted_in_words, uppermost_deleted
from det.fixing import Errand, Next
from det.forms.explanation import ExplanationForm
from det.models import Client, Explanation, Finding, Record
from det.pages import page_with
from det.presenters.words import count, person, tab, title, which
from det.selectors import Cause, User
from validation.basis import Answer
from validation.dataset import DataItem
from validation.engine import message
from validation.wording import without_values

BLANK = "Not answered"
TITLES = {"error": "Errors", "warning": "Warnings"}


@dataclass(frozen=True)
class Told:
    """A finding with the way to mend it."""

    severity: str
    message: str
    question: str
    address: str
    client: str
    """The client ID."""
    person: str
    """Initials, date of birth and reference: what people know the client by."""
    client_address: str
    record: str
    """Which record of the client, with its date; '' where it is not said."""
    explain_address: str
    explained: bool


def told(
    finding: Finding,
    agency_dataset: str,
    errand: Errand | None = None,
    record: Record | None = None,
) -> Told:
    """A finding as a line with a link that focuses its field.

    `errand`: for somebody who comes from the fix list; `record`: the finding's, where the line has to say which it is.
    """
    item = core_dataset().by_name[finding.item]
    return Told(
        severity=finding.severity,
        message=finding.message,
        question=item.question,
        address=mend_address(item, finding.record, agency_dataset, errand),
        client=finding.client.identifier,
        person=known_as(finding.client),
        client_address=reverse("client", args=[finding.client_id]),
        record="" if record is None else which(record),
        explain_address=explain_address(finding, errand) if finding.severity == "warning" else "",
        explained=finding.explained,
    )


def known_as(client: Client) -> str:
    """What people know a client by: initials, date of birth, reference."""
    reference = client.value("client_reference")
    return f"{person(client)}, reference {reference}" if reference else person(client)


def mend_address(
    item: DataItem, record: UUID | str, dataset: str, errand: Errand | None = None
) -> str:
    """The form page on which an item of a record is changed; the fragment is the field."""
    page = page_with(item.record, dataset, item.field)
    address = reverse("record-change", args=[item.record, record, page.id])
    ticks = core_dataset().groups[item.group].style == "ticks"
    radios = not ticks and kind(item, dataset) == RADIOS
    return f"{from_list(address, errand)}#id_{item.field}{'_0' if radios else ''}"


def explain_address(finding: Finding, errand: Errand | None = None) -> str:
    """The page on which a warning is explained. It is named by what it is: rows change with every save."""
    field = finding.item.partition(".")[2]
    return from_list(reverse("finding-explain", args=[finding.record, finding.key, field]), errand)


def from_list(address: str, errand: Errand | None) -> str:
    """The address, which tells its page if somebody comes from the fix list."""
    return f"{address}?{errand.query}" if errand else address


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
    causes: list[Cause],
    errand: Errand | None,
    page: Page[Finding],
    records: dict[UUID, Record],
) -> dict[str, Any]:
    """The causes, and a page of the findings of the chosen one, whose records are given."""
    cause = next(
        (c for c in causes if errand and (c.rule, c.item) == (errand.rule, errand.item)), None
    )
    is_chosen = errand is not None and page.paginator.count > 0
    return {
        "severities": [
            {
                "title": TITLES.get(severity, severity.capitalize()),
                "causes": [cause_row(c, c == cause) for c in found],
            }
            for severity, found in groupby(causes, lambda c: c.severity)
        ],
        "chosen": chosen_heading(page) if is_chosen else "",
        "concerns": count(page.paginator.count, "record"),
        "more": f"&{errand.query}" if errand else "",
        "page": page,
        "lines": [told(f, f.agency.dataset, errand, records.get(f.record)) for f in page],
    }


def cause_row(cause: Cause, is_chosen: bool) -> dict[str, Any]:
    """A line of the fix list: one thing to do."""
    return {
        "message": cause.message if cause.findings == 1 else generic(cause),
        "question": core_dataset().by_name[cause.item].question,
        "address": Errand(cause.rule, cause.item).list_address,
        "clients": count(cause.clients, "client"),
        "is_chosen": is_chosen,
    }


def chosen_heading(page: Page[Finding]) -> str:
    """The thing of the fix list that was chosen, in words."""
    first = page.object_list[0]
    return first.message if page.paginator.count == 1 else in_general(first.key, first.item)


def generic(cause: Cause) -> str:
    """The message of a rule that found several values, without one of them."""
    return in_general(cause.rule, cause.item)


def in_general(key: str, name: str) -> str:
    """The message of a rule (id and part) about an item, without a value."""
    return without_values(message(core_dataset().rules[key], core_dataset().by_name[name]))


def fixing(errand: Errand, following: Next | None) -> dict[str, str]:
    """What a form says to somebody who comes from the fix list."""
    if following is None:
        label = "Save and go back to the fix list"
    else:
        label = f"Save and go to the next ({following.number} of {following.total})"
    return {"label": label, "back": errand.list_address}


def address_after(errand: Errand, following: Next | None) -> str:
    """Where the next finding of an errand is mended; the fix list when there is none."""
    if following is None:
        return errand.list_address
    finding = following.finding
    item = core_dataset().by_name[finding.item]
    return mend_address(item, finding.record, finding.agency.dataset, errand)


def to_all() -> dict[str, str]:
    """The link to all clients."""
    return {"back": reverse("client-list"), "back_title": "All clients"}


def way_back(client: Client, errand: Errand | None = None, anchor: str = "") -> dict[str, str]:
    """Where the link over a page leads: to the fix list, to the client, or to all while the client is deleted.

    `errand`: for somebody who comes from the fix list; `anchor`: of a record on the client's page.
    """
    if errand:
        return {"back": errand.list_address, "back_title": "Back to the fix list"}
    if client.deleted_at is not None:
        return to_all()
    address = f"{reverse('client', args=[client.pk])}{anchor}"
    return {"back": address, "back_title": "Back to the client"}


def explain_page(
    finding: Finding,
    record: Record,
    answers: list[Answer],
    together: list[Finding],
    form: ExplanationForm,
    explanations: list[Explanation],
    errand: Errand | None,
) -> dict[str, Any]:
    """A warning with the answers that it rests on, and its explanation.

    `answers`: those (det.checking.rests_on); `together`: the warnings that are dealt with together
    (det.selectors.same_warnings); `explanations`: those that stand for these. What was typed is shown beside them.
    """
    others = {f.client_id: f.client for f in together if f.client_id != finding.client_id}
    return {
        "finding": finding,
        "told": told(finding, finding.agency.dataset, errand, record),
        "form": form,
        "answers": [answer_line(answer) for answer in answers],
        "others": [
            {
                "person": known_as(client),
                "client": client.identifier,
                "address": reverse("client", args=[client.pk]),
            }
            for client in others.values()
        ],
        # One for a group is stored for each of its members.
        "explanations": list({(e.explained_by, e.text): e for e in explanations}.values()),
        "asks": form.is_bound or finding.identity not in {e.identity for e in explanations},
        "person": known_as(finding.client),
        "tab": tab(finding.client),
        "client": finding.client.identifier,
        **way_back(finding.client, errand),
        "summary": [
            {"message": error, "field_id": "id_text", "severity": "error"}
            for error in form.errors.get("text", [])
        ],
    }


def explained_meanwhile(explanation: Explanation, user: User) -> str:
    """Who explained a warning after its page was opened, as a sentence; the page shows the explanation itself."""
    by = explanation.explained_by
    who = "You have" if by == user.email else f"{by} has"
    return f"{who} explained this since you opened this page, as you see below."


def answer_line(answer: Answer) -> dict[str, str]:
    """An answer on which a warning rests, in words; of another record of the episode, with its day."""
    item, question = answer.item, answer.item.question
    if answer.day:
        section = core_dataset().sections[item.record]
        day = shown(core_dataset().by_name[f"{section.id}.{section.date_field}"], answer.day)
        question = f"{question} ({section.title.lower()} of {day})"
    return {"question": question, "answer": shown(item, answer.text) or BLANK}


def gone_page(record: Record, field: str, text: str, errand: Errand | None) -> dict[str, Any]:
    """What somebody sees whose warning is not there any more, with what was typed."""
    item = core_dataset().by_name.get(f"{record.section}.{field}")
    gone = uppermost_deleted(record)
    return {
        "question": item.question if item else title(record),
        "deleted": f"{title(gone)} {deleted_in_words(gone)}." if gone.deleted_at else "",
        "text": text,
        "person": known_as(record.client),
        **way_back(record.client, errand),
    }
