"""What the regional team is shown: counts by rule, and one client without any way to change something."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from det import selectors as det
from det.definition import core_dataset
from det.models import Agency, Client, Finding, Record
from det.pages import pages_of
from det.presenters.findings import BLANK, TITLES, generic, in_general, in_order
from det.presenters.records import lines
from det.presenters.words import count, date_of, person, tab, title, which
from ndtms.oversight.selectors import AgencyQuality, Standing
from validation.rules import GROUPS

NO_DATA = "–"


def quality_page(agency: Agency, found: AgencyQuality) -> dict[str, Any]:
    """How good an agency's data are. The sentences are those of the rules, without anybody's answers."""
    by_name = core_dataset().by_name
    return {
        "agency": agency,
        "quality": found.quality,
        "errors": found.errors,
        "warnings": found.warnings,
        "last_transfer": found.last_transfer,
        "severities": [
            {
                "title": TITLES.get(severity, severity.capitalize()),
                "causes": [
                    {
                        "rule": cause.rule,
                        "message": generic(cause),
                        "question": by_name[cause.item].question,
                        "clients": count(cause.clients, "client"),
                    }
                    for cause in causes
                ],
            }
            for severity, causes in groupby(found.causes, lambda cause: cause.severity)
        ],
    }


def standing(found: Standing) -> dict[str, Any]:
    """What the table of a region says of an agency."""
    quality = found.quality
    return {
        "load": f"{quality.load} %" if quality else NO_DATA,
        "data_quality": f"{quality.data_quality} %" if quality else NO_DATA,
        "last_transfer": found.last_transfer,
    }


def client_page(client: Client) -> dict[str, Any]:
    """One client with all answers, to read only."""
    file = det.file_of(client)
    findings = [f for f in in_order(file.findings) if not f.explained]
    records = {record.pk: record for record in file.records}

    def lines_of(severity: str) -> list[str]:
        return [_told(f, records.get(f.record)) for f in findings if f.severity == severity]

    return {
        "client": client,
        "person": person(client),
        "tab": tab(client),
        "answers": answers(client),
        "errors": lines_of("error"),
        "warnings": lines_of("warning"),
        "episodes": [
            {
                **part(episode),
                "lists": [
                    {
                        "title": core_dataset().sections[section].plural,
                        "records": [part(record) for record in records],
                    }
                    for section, records in file.lists[episode.pk].items()
                    if records
                ],
            }
            for episode in file.episodes
        ],
    }


def part(record: Record) -> dict[str, Any]:
    return {
        "key": record.pk,
        "title": title(record),
        "date": date_of(record),
        "answers": answers(record),
    }


def answers(record: Record) -> list[dict[str, str]]:
    """The questions of a record that are answered, in the order in which they are asked."""
    pages = pages_of(record.section, record.agency.dataset)
    asked = [line for page in pages for line in lines(page.items, record)]
    return [line for line in asked if line["answer"] != BLANK]


def _told(finding: Finding, record: Record | None) -> str:
    """On which record, and the message; of a rule about a group of clients without the others, whose records were
    not asked for."""
    key = f"{finding.rule}{finding.part}"
    message = in_general(key, finding.item) if key in GROUPS else finding.message
    place = which(record) if record else ""
    return f"{place}: {message}" if place else message
