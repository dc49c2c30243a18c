"""A form belongs to a person, an agency and a record, and is spent once where it does something.

Every form that somebody signed in is shown carries a ticket, signed: for whom and for which agency it was drawn, a
number of its own, and the answers as they were then. It is looked at before the post is answered
(ndtms/accounts/belonging.py); by its number a form that was sent before is known (det/views/once.py).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from django.core import signing
from django.forms import Form
from django.http import HttpRequest
from django.utils import timezone

from det.models import SpentForm

FIELD = "ticket"
"""The name under which a form posts its ticket."""
BACK = "back_to_agency"
"""Posted by the button that goes back to the form's agency and sends the form again."""
SALT = "det.ticket"
LASTS = datetime.timedelta(hours=24)
"""Longer than any session."""


@dataclass(frozen=True)
class Ticket:
    """For whom a form was drawn. `opened`: field -> the answer that it showed, of a form that changes a record."""

    person: int
    agency: int | None
    number: UUID = field(default_factory=uuid4)
    opened: Mapping[str, str] | None = None

    def signed(self) -> str:
        """The ticket as a form carries it."""
        content = [self.person, self.agency, self.number.hex, self.opened]
        return signing.dumps(content, salt=SALT, compress=True)


def read(text: str) -> Ticket | None:
    """The ticket that a form carried; None for what is none, or is too old."""
    try:
        person, agency, number, opened = signing.loads(text, salt=SALT, max_age=LASTS)
    except (signing.BadSignature, ValueError):
        return None
    return Ticket(person, agency, UUID(hex=number), opened)


def ticket_for(
    request: HttpRequest, opened: Mapping[str, str] | None = None, *, sent: str = ""
) -> Ticket | None:
    """A ticket for a form on the answer to this request; None for whoever is not signed in.

    A form that comes back keeps the ticket with which it was sent, be it now or before the session ended (`sent`);
    `opened` are the answers that it shows from now on, where they are others.
    """
    user: Any = request.user
    if not (hasattr(user, "is_verified") and user.is_verified()):
        return None
    before = ticket_of(request) or read(sent)
    if before is None:
        return Ticket(user.pk, user.agency_id, opened=opened)
    return replace(before, opened=before.opened if opened is None else opened)


def ticket_of(request: HttpRequest) -> Ticket | None:
    """The ticket of the form that was sent, which was found to be the person's and of the agency chosen."""
    return getattr(request, "ticket", None)


def drawn_for(
    request: HttpRequest,
    form: Form,
    shown: Mapping[str, str],
    disputed: Mapping[str, str] | None = None,
) -> Ticket | None:
    """The ticket of a form that shows `shown` before anybody types; None for whoever is not signed in.

    One that comes back still says what it showed at first, but for the answers in dispute, which it shows as they are
    now (`disputed`).
    """
    if not form.is_bound:
        return ticket_for(request, shown)
    ticket = ticket_for(request, sent=form.data.get(FIELD, ""))
    if ticket is None:
        return None
    opened = shown if ticket.opened is None else ticket.opened
    return replace(ticket, opened={**opened, **(disputed or {})})


def spend(ticket: Ticket) -> tuple[SpentForm, bool]:
    """The form with this ticket, and whether it is sent for the first time: who comes second waits for the first."""
    return SpentForm.objects.get_or_create(number=ticket.number)


def forget_spent() -> int:
    """Removes the numbers of forms that are too old to be sent again; how many."""
    return SpentForm.objects.filter(at__lt=timezone.now() - 2 * LASTS).delete()[0]
