"""A form belongs to a person, an agency and a record, and is spent once where it adds something.

Every form that somebody signed in is shown carries a ticket, signed: for whom and for which agency it was drawn, a
number of its own, and the answers as they were then. It is looked at before the post is answered
(ndtms/accounts/belonging.py); `once` sees to it that a form adds one thing, however often it is sent.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
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


def once(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose form adds something: sent again, be it at the same moment, it leads to where the first press led.

    A view whose answer is a page and not a redirect says by `leads_to` that it has added something.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        ticket = ticket_of(request)
        if request.method != "POST" or ticket is None:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            # Whoever comes second waits here until the first is done.
            spent, is_first = SpentForm.objects.get_or_create(number=ticket.number)
            if not is_first:
                messages.info(request, "This form was sent before. This is what it saved.")
                return redirect(spent.address)
            response = view(request, *args, **kwargs)
            spent.address = getattr(request, "leads_to", "") or response.headers.get("Location", "")
            if spent.address:
                spent.save(update_fields=["address"])
            else:
                spent.delete()
        return response

    return wrapped


def leads_to(request: HttpRequest, address: str) -> None:
    """Notes what the form has added, for an answer that is shown only once."""
    request.leads_to = address  # type: ignore[attr-defined]


def forget_spent() -> int:
    """Removes the numbers of forms that are too old to be sent again; how many."""
    return SpentForm.objects.filter(at__lt=timezone.now() - 2 * LASTS).delete()[0]
