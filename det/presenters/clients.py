"""The list of clients and the page of one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse

from det import selectors
from det.answers import shown
from det.definition import core_dataset
from det.models import Client, Episode, Finding, Record
from det.pages import ALL, Page, pages_of
from det.presenters.findings import in_order, told
from det.presenters.records import BLANK, lines
from det.presenters.words import a, about, count, date_of, person, tab, title

FEW = 8
"""So many warnings are shown at once; more are folded away."""


def client_row(client: Client) -> dict[str, Any]:
    """A line of the client list."""
    return {
        "client": client,
        "address": reverse("client", args=[client.pk]),
        "person": person(client),
        "last_triage": client.last_triage,
        "state": state(client),
        "errors": client.errors,
        "warnings": client.warnings,
        "deleted": client.deleted_at,
    }


def state(client: Client) -> str:
    """Where a client of the list stands, in a word or two."""
    if is_refused(client):
        return "No consent"
    if client.is_open:
        return "Open"
    return "Closed" if client.last_triage else "No episode"


def is_refused(client: Client) -> bool:
    return client.value("consent") in core_dataset().meaning("consent", "refused")


def client_page(client: Client) -> dict[str, Any]:
    """Everything on the page of a client."""
    dataset = client.agency.dataset
    findings = in_order(selectors.findings_of(client))
    by_record: dict[UUID, list[Finding]] = {}
    for finding in findings:
        by_record.setdefault(finding.record, []).append(finding)
    (page,) = pages_of("client", dataset)
    warnings = [told(f, dataset) for f in findings if f.severity == "warning" and not f.explained]
    return {
        "client": client,
        "person": person(client),
        "tab": tab(client),
        "client_page_address": reverse("record-change", args=["client", client.pk, ALL]),
        "refused": is_refused(client),
        "errors": [told(f, dataset) for f in findings if f.severity == "error"],
        "warnings": warnings,
        "few_warnings": len(warnings) <= FEW,
        "explained": [told(f, dataset) for f in findings if f.explained],
        "has_errors": False,
        "answers": [line for line in lines(page.items, client) if line["answer"] != BLANK],
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
