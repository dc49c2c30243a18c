"""What is said of a record before and after it is deleted."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BaseForm
from django.urls import reverse

from det.definition import core_dataset
from det.deleted import (
    RESTORE_DAYS,
    deleted_in_words,
    restorable_in_words,
    uppermost_deleted,
)
from det.models import Client, Episode, Record
from det.presenters.findings import known_as
from det.presenters.words import about, date_of, person, title
from det.services.entering import DELETED


def described(record: Record) -> str:
    """A record in words, without its identifier: `Intervention of 12 January 2026: Pharmacological intervention`."""
    section = core_dataset().sections[record.section].title
    if isinstance(record, Client):
        return f"{section}: {known_as(record)}"
    if isinstance(record, Episode):
        return f"{section} with triage on {date_of(record)}, {_discharge(record)}"
    kind = about(record)
    return f"{section} of {date_of(record)}{f': {kind}' if kind else ''}"


def _discharge(episode: Episode) -> str:
    day = episode.discharge_date
    return f"discharged on {day.day} {day:%B %Y}" if day else "open"


def delete_page(record: Record, going: dict[str, int]) -> dict[str, Any]:
    """Asking before a record is deleted. `going`: section -> how many records go with it."""
    return {
        "title": title(record),
        "described": described(record),
        "person": person(record.client),
        "back": reverse("client", args=[record.client.pk]),
        "going": [counted(section, number) for section, number in going.items()],
        "days": RESTORE_DAYS,
    }


def counted(section: str, number: int) -> str:
    """`2 episodes`, `1 outcomes profile`: as many records of a section."""
    details = core_dataset().sections[section]
    noun = details.title if number == 1 else details.plural
    return f"{number} {noun[:1].lower()}{noun[1:]}"


def deleted_line(record: Record) -> dict[str, str]:
    """A deleted record with the way back, which is that of what it belongs to where that is deleted too."""
    above = uppermost_deleted(record)
    return {
        "title": title(record),
        "described": described(record),
        "deleted": deleted_in_words(record),
        "until": restorable_in_words(record),
        "belongs_to": "" if above is record else title(above),
        "address": reverse("record-restore", args=[record.section, record.pk]),
    }


def restore_offer(form: BaseForm) -> dict[str, str] | None:
    """The way to restore the deleted record that has the identifier somebody typed, if that is what is wrong."""
    errors = form.errors.as_data()
    for field in (*form.fields, NON_FIELD_ERRORS):
        for error in errors.get(field, []):
            if error.code == DELETED and error.params:
                place = [error.params["section"], error.params["key"]]
                return {
                    "name": error.params["name"],
                    "address": reverse("record-restore", args=place),
                }
    return None
