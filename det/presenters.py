"""What the templates show. Templates hold no logic; this module asks no database but through selectors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.urls import reverse

from det import selectors
from det.answers import is_long, shown
from det.definition import core_dataset
from det.forms import ExplanationForm, RecordForm
from det.models import Client, Episode, Explanation, Finding, Record, stored_items
from det.pages import ALL, Page, page_with, pages_of
from validation.dataset import DataItem

Known = tuple[str, str, str, str]
BLANK = "Not answered"
FIX_PAGE_SIZE = 50
FEW = 8
"""So many warnings are shown at once; more are folded away."""


@dataclass(frozen=True)
class Difference:
    """An item on which what somebody else saved and what this person typed differ."""

    question: str
    theirs: str
    yours: str


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


def title(record: Record) -> str:
    """How a record is called: `Episode E000001`."""
    return f"{core_dataset().sections[record.section].title} {record.identifier}"


def anchor(record: Record) -> str:
    return "" if record.parent is None else f"#{record.section}-{record.pk}"


def date_of(record: Record) -> str:
    """The date by which a record is placed in its episode, in full."""
    field = core_dataset().sections[record.section].date_field
    item = core_dataset().by_name[f"{record.section}.{field}"]
    return shown(item, record.value(field)) or "no date"


def person(client: Client) -> str:
    """Two initials and the date of birth: how people tell clients apart here."""
    born = core_dataset().by_name["client.birth_date"]
    initials = f"{client.value('first_initial')}{client.value('last_initial')}" or "No initials"
    birth = client.value("birth_date")
    return f"{initials}, born {shown(born, birth)}" if birth else f"{initials}, no date of birth"


def client_row(client: Client) -> dict[str, Any]:
    """A line of the client list."""
    return {
        "client": client,
        "address": reverse("client", args=[client.pk]),
        "person": person(client),
        "last_triage": client.last_triage,
        "is_open": client.is_open,
        "errors": client.errors,
        "warnings": client.warnings,
        "deleted": client.deleted_at,
    }


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


def client_page(client: Client) -> dict[str, Any]:
    """Everything on the page of a client."""
    dataset = client.agency.dataset
    findings = in_order(selectors.findings_of(client))
    by_record: dict[UUID, list[Finding]] = {}
    for finding in findings:
        by_record.setdefault(finding.record, []).append(finding)
    warnings = [told(f, dataset) for f in findings if f.severity == "warning" and not f.explained]
    return {
        "client": client,
        "person": person(client),
        "client_page_address": reverse("record-change", args=["client", client.pk, ALL]),
        "refused": client.consent in core_dataset().meaning("consent", "refused"),
        "errors": [told(f, dataset) for f in findings if f.severity == "error"],
        "warnings": warnings,
        "few_warnings": len(warnings) <= FEW,
        "explained": [told(f, dataset) for f in findings if f.explained],
        "has_errors": False,
        "answers": [line for line in lines_of(client) if line["answer"] != BLANK],
        "episodes": [episode_part(e, by_record) for e in selectors.episodes_of(client)],
        "deleted": [
            {"title": title(r), "address": reverse("record-restore", args=[r.section, r.pk])}
            for r in selectors.deleted_records(client)
        ],
    }


def episode_part(episode: Episode, by_record: dict[UUID, list[Finding]]) -> dict[str, Any]:
    """An episode on the client's page: its task list, and its lists by date."""
    dataset = episode.agency.dataset
    definition = core_dataset()
    discharge = shown(definition.by_name["episode.discharge_date"], episode.value("discharge_date"))
    return {
        "episode": episode,
        "title": title(episode),
        "triage": date_of(episode),
        "discharge": discharge,
        "address": reverse("record", args=["episode", episode.pk]),
        "delete_address": reverse("record-delete", args=["episode", episode.pk]),
        "tasks": [
            {
                "title": page.title,
                "address": reverse("record-change", args=["episode", episode.pk, page.id]),
                **status(page, episode, by_record.get(episode.pk, [])),
            }
            for page in pages_of("episode", dataset)
        ],
        "lists": [
            list_part(section, episode, records, by_record)
            for section, records in selectors.lists_of(episode).items()
        ],
    }


def list_part(
    section: str, episode: Episode, records: list[Any], by_record: dict[UUID, list[Finding]]
) -> dict[str, Any]:
    details = core_dataset().sections[section]
    dataset = episode.agency.dataset
    heading = details.plural
    if section == "outcomes_profile":
        heading = f"{details.plural}: {core_dataset().datasets[dataset].profile_title}"
    return {
        "section": section,
        "title": heading,
        "add_title": f"Add {a(details.title.lower())}",
        "add_address": reverse("record-add", args=[section, episode.pk]),
        "records": [
            {
                "record": record,
                "date": date_of(record),
                "about": about(record),
                "address": reverse("record-change", args=[section, record.pk, ALL]),
                "review_address": reverse("record", args=[section, record.pk]),
                **status(pages_of(section, dataset)[0], record, by_record.get(record.pk, [])),
            }
            for record in records
        ],
    }


def a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def about(record: Record) -> str:
    """What kind of record it is, where one of its coded items with few answers says so: the items tagged `kind`."""
    items = [i for i in stored_items(record.section) if "kind" in i.tags]
    return ", ".join(filter(None, (shown(i, record.value(i.field)) for i in items)))


def status(page: Page, record: Record, findings: list[Finding]) -> dict[str, Any]:
    """How far a page is: errors, warnings, not started, or done; with the colour of its tag."""
    here = {item.name for item in page.items}
    mine = [f for f in findings if f.item in here and not f.explained]
    errors = sum(f.severity == "error" for f in mine)
    warnings = len(mine) - errors
    if errors:
        return {"status": count(errors, "error"), "colour": "red"}
    if not any(record.value(item.field) for item in page.items):
        return {"status": "Not started", "colour": "blue"}
    if warnings:
        return {"status": count(warnings, "warning"), "colour": "yellow"}
    return {"status": "Done", "colour": ""}


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def lines_of(record: Record) -> list[dict[str, str]]:
    """Question and answer of each item that the dataset collects, with the way to change it."""
    dataset = record.agency.dataset
    return [
        {
            "question": item.question,
            "answer": shown(item, record.value(item.field)) or BLANK,
            "address": mend_address(item, record.pk, dataset),
        }
        for page in pages_of(record.section, dataset)
        for item in page.items
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
        "person": person(record.client),
        "back": reverse("client", args=[record.client.pk]),
        "findings": [told(f, dataset) for f in findings if not f.explained],
        "groups": [
            {
                "title": group.title,
                "lines": [
                    {
                        "question": item.question,
                        "answer": shown(item, record.value(item.field)) or BLANK,
                        "address": mend_address(item, record.pk, dataset),
                    }
                    for item in items
                ],
            }
            for page in pages_of(record.section, dataset)
            for group, items in page.groups
        ],
        "delete_address": reverse("record-delete", args=[record.section, record.pk]),
    }


def fix_list(
    causes: list[selectors.Cause], findings: Any, chosen: str, number: str | None = None
) -> dict[str, Any]:
    """The causes, and the findings of the chosen one, a page of them."""
    by_name = core_dataset().by_name
    page = Paginator(findings, FIX_PAGE_SIZE).get_page(number)
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
        "back": reverse("client", args=[finding.client_id]),
        "summary": [
            {"message": error, "field_id": "id_text", "severity": "error"}
            for error in form.errors.get("text", [])
        ],
    }


def data_set(only_provisional: bool) -> dict[str, Any]:
    """The items by section, and how much of the data set is confirmed."""
    definition = core_dataset()
    codes = [c for lst in definition.lists.values() for c in lst.codes.values()]
    return {
        "definition": definition,
        "only_provisional": only_provisional,
        "items_total": len(definition.items),
        "items_provisional": sum(not item.confirmed for item in definition.items),
        "codes_total": len(codes),
        "codes_provisional": sum(code.status != "confirmed" for code in codes),
        "sections": [
            {
                "title": section.title,
                "items": [
                    {
                        "item": item,
                        "datasets": [d for d in definition.datasets if d in item.datasets],
                        "address": reverse("data-item", args=[item.record, item.field]),
                    }
                    for item in definition.items
                    if item.section == section.id and not (only_provisional and item.confirmed)
                ],
            }
            for section in definition.sections.values()
        ],
    }


def data_item(item: DataItem) -> dict[str, Any]:
    """One item with its answers and the rules that look at it."""
    definition = core_dataset()
    answers = definition.lists[item.reference_list].codes.values() if item.reference_list else []
    return {
        "item": item,
        "datasets": [d for d in definition.datasets.values() if d.code in item.datasets],
        "section": definition.sections[item.section],
        "answers": [{"code": c, "datasets": sorted(c.datasets)} for c in answers],
        "rules": [r for r in definition.rules.values() if item.name in r.items],
    }


def rule_book() -> dict[str, Any]:
    """Every rule in words, with headers where the condition names items."""
    definition = core_dataset()
    headers = {f"{{{item.name}}}": item.header for item in definition.items}

    def worded(text: str) -> str:
        for name, header in headers.items():
            text = text.replace(name, header)
        return text

    return {
        "rules": [
            {"rule": rule, "condition": worded(rule.condition)}
            for rule in definition.rules.values()
        ]
    }
