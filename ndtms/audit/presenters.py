"""Events in plain words."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any

from django.urls import reverse

from det.definition import core_dataset
from det.models import RECORDS
from ndtms.audit.models import AuditEvent
from ndtms.audit.selectors import Names, account_of
from ndtms.cells import safe

VERBS = {
    "refused password": "Was refused: the password was wrong",
    "refused code": "Was refused: the code was wrong",
    "refused page": "Was refused a page",
    "viewed": "Looked at the client",
    "viewed with reason": "Looked at the client, with a reason",
    "refused view with reason": "Asked for a client that the agency does not have, with a reason",
    "exported audit": "Took the audit as a file",
}
"""Verb -> how it is said, where the verb alone does not say it."""
NOT_KNOWN = "one that you may not see"
"""Said of the account of somebody who works elsewhere now, and of another region's security key."""
COLUMNS = ("time_utc", "who", "agency", "region", "event", "detail", "client_id", "from", "hash")


def words(event: AuditEvent) -> str:
    """What somebody did, such as `Changed the episode`."""
    if event.verb in VERBS:
        return VERBS[event.verb]
    said = event.verb[:1].upper() + event.verb[1:]
    if event.section not in RECORDS:
        return said
    title = core_dataset().sections[event.section].title
    return f"{said}: {title[:1].lower()}{title[1:]}"


def detail(event: AuditEvent, names: Names) -> str:
    """The rest of what is known of an event: whom it concerns, the items that were changed, the file that was taken."""
    return "; ".join(_details(event, names))


def _details(event: AuditEvent, names: Names) -> Iterator[str]:
    by_name = core_dataset().by_name
    account = account_of(event)
    if account:
        person = names.accounts.get(account)
        yield f"account: {person.name}, {person.email}" if person else f"account: {NOT_KNOWN}"
    for name, value in event.detail.items():
        if name == "key":
            key = names.keys.get(str(value))
            yield f"security key: {key.serial if key else NOT_KNOWN}"
        elif name == "items":
            items = [f"{event.section}.{field}" for field in value]
            yield ", ".join(by_name[i].question if i in by_name else i for i in items)
        elif name != "account" and value not in ("", None, []):
            yield f"{name.replace('_', ' ')}: {_said(value)}"


def _said(value: Any) -> str:
    if isinstance(value, dict):
        value = [f"{number} {name.replace('_', ' ')}" for name, number in value.items()]
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def line(event: AuditEvent, names: Names) -> dict[str, Any]:
    """An event on the page."""
    client = names.clients.get(event.client)
    return {
        "event": event,
        "words": words(event),
        "detail": detail(event, names),
        "client": client.client_id if client else "",
        "client_address": reverse("client", args=[event.client])
        if client and client.may_open
        else "",
    }


def as_csv(events: Iterable[AuditEvent], names: Names) -> bytes:
    """The events as a file for a spreadsheet, in which no cell is a formula."""
    output = StringIO()
    writer = csv.writer(output, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for event in events:
        client = names.clients.get(event.client)
        cells = (
            event.at.astimezone(datetime.UTC).isoformat(timespec="seconds"),
            event.who,
            event.agency,
            event.region,
            words(event),
            detail(event, names),
            client.client_id if client else "",
            event.address,
            event.hash,
        )
        writer.writerow([safe(cell) for cell in cells])
    # Without the mark at the beginning spreadsheets take other letters than English ones for something else.
    return output.getvalue().encode("utf-8-sig")
