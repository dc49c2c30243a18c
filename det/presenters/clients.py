"""The list of clients and the page of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.core.paginator import Page as PageOfClients
from django.urls import reverse

from det.answers import shown
from det.definition import core_dataset
from det.deleted import deleted_in_words, restorable_in_words
from det.forms.search import SearchForm
from det.models import Client, Episode, Finding, Record
from det.pages import ALL, Page, pages_of
from det.presenters.deleting import deleted_line
from det.presenters.findings import BLANK, Told, in_order, told
from det.presenters.records import lines
from det.presenters.words import a, about, count, date_of, person, tab, title
from det.selectors import ClientFile, Listed

FEW = 8
"""So many warnings are shown at once; more are folded away."""


COLUMNS = (
    ("person", "Client"),
    ("client_id", "Client ID"),
    ("reference", "Reference"),
    ("triage", "Last triage"),
)
"""What the list can be sorted by (det.selectors.SORTS), and the headings that do it."""
LATEST = "triage"
"""The column by which the list is sorted at first, the other way round."""
NOBODY_FITS = "No client fits the search. Try fewer letters, or clear the search."
NOBODY_YET = "There are no clients yet. Add the first one."


def client_list(
    *,
    form: SearchForm,
    search: dict[str, str] | None,
    sort: str,
    page: PageOfClients[Client],
    listed: list[Listed],
) -> dict[str, Any]:
    """The list of clients; `search` is None for a search that makes no sense."""
    is_deleted = search is not None and search["show"] == "deleted"
    return {
        "form": form,
        "summary": [
            {"message": error, "field_id": f"id_{field}", "severity": "error"}
            for field, errors in form.errors.items()
            for error in errors
        ],
        "showing": showing(form, search),
        "is_deleted": is_deleted,
        "columns": [column(name, title, sort) for name, title in COLUMNS],
        "more": f"&sort={sort}" if sort in dict(COLUMNS) else "",
        "page": page,
        "rows": [deleted_row(one) if is_deleted else client_row(one) for one in listed],
        "nobody": NOBODY_FITS if search is None or any(search.values()) else NOBODY_YET,
        "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
    }


def column(name: str, title: str, sort: str) -> dict[str, str]:
    """A heading that sorts the list by its column, and when pressed again as it was at first."""
    address = reverse("client-list")
    if name == sort:
        return {"title": title, "address": address, "order": "ascending"}
    is_first_order = name == LATEST and sort not in dict(COLUMNS)
    order = "descending" if is_first_order else ""
    return {"title": title, "address": f"{address}?sort={name}", "order": order}


def showing(form: SearchForm, search: dict[str, str] | None) -> str:
    """The search that is in force, in words; '' where all clients are shown."""
    if search is None:
        return ""
    show: Any = form.fields["show"]
    names = dict(show.choices)
    parts = [f"\u201c{search['text']}\u201d"] if search["text"] else []
    parts += [names[search["show"]].lower()] if search["show"] else []
    return ", ".join(parts)


def client_row(listed: Listed) -> dict[str, Any]:
    """A line of the client list."""
    client = listed.client
    return {
        "client": client,
        "address": reverse("client", args=[client.pk]),
        "person": person(client),
        "last_triage": client.last_triage,
        "state": state(listed),
        "errors": listed.errors,
        "warnings": listed.warnings,
    }


def deleted_row(listed: Listed) -> dict[str, Any]:
    """A line of the list of deleted clients."""
    client = listed.client
    return {
        "client": client,
        "person": person(client),
        "address": reverse("record-restore", args=["client", client.pk]),
        "last_triage": client.last_triage,
        "deleted": deleted_in_words(client),
        "until": restorable_in_words(client),
    }


def state(listed: Listed) -> str:
    """Where a client of the list stands, in a word or two."""
    if is_refused(listed.client):
        return "No consent"
    if listed.is_open:
        return "Open"
    return "Closed" if listed.client.last_triage else "No episode"


def is_refused(client: Client) -> bool:
    return client.value("consent") in core_dataset().meaning("consent", "refused")


def client_page(file: ClientFile) -> dict[str, Any]:
    """Everything on the page of a client."""
    client = file.client
    dataset = client.agency.dataset
    findings = in_order(file.findings)
    by_record: dict[UUID, list[Finding]] = {}
    for finding in findings:
        by_record.setdefault(finding.record, []).append(finding)
    (page,) = pages_of("client", dataset)
    records = {record.pk: record for record in file.records}

    def lines_of(findings: Iterable[Finding]) -> list[Told]:
        return [told(f, dataset, record=records.get(f.record)) for f in findings]

    warnings = lines_of(f for f in findings if f.severity == "warning" and not f.explained)
    return {
        "client": client,
        "person": person(client),
        "tab": tab(client),
        "client_page_address": reverse("record-change", args=["client", client.pk, ALL]),
        "refused": is_refused(client),
        "errors": lines_of(f for f in findings if f.severity == "error"),
        "warnings": warnings,
        "few_warnings": len(warnings) <= FEW,
        "explained": lines_of(f for f in findings if f.explained),
        "has_errors": False,
        "answers": [line for line in lines(page.items, client) if line["answer"] != BLANK],
        "episodes": [episode_part(e, file.lists[e.pk], by_record) for e in file.episodes],
        "deleted": [deleted_line(record) for record in file.deleted],
    }


def episode_part(
    episode: Episode, lists: dict[str, list[Record]], by_record: dict[UUID, list[Finding]]
) -> dict[str, Any]:
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
            list_part(section, episode, records, by_record) for section, records in lists.items()
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
