"""A form is answered only for the person, and the agency, for whom it was drawn (det/tickets.py)."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from det import tickets
from det.tickets import BACK, Ticket
from ndtms.accounts import services
from ndtms.accounts.middleware import (
    OPEN_PAGES,
    is_from_us,
    keep_post,
    page_of,
    view_name,
)
from ndtms.accounts.models import User
from ndtms.accounts.selectors import is_verified

WITHOUT_TICKET = OPEN_PAGES | {
    "choose-agency",
    # They look for something and change nothing.
    "client-list",
    "region",
    "region-people",
    "key-register",
    "key-people",
    "audit",
    # It is about a file and no agency's records, and nothing of it is kept.
    "check-file",
}
WITH_PASSWORD = frozenset({"password", "confirm-identity"})
"""What is sent to these pages is not written into another."""
CONFLICT = 409


class BelongingMiddleware:
    """Comes after VerifiedMiddleware, which knows the agency chosen, and before whatever looks at records."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if request.method == "POST" and isinstance(user, User) and is_verified(user=user):
            page = view_name(request)
            if page and page not in WITHOUT_TICKET:
                refused = _refusal(request, user, page)
                if refused is not None:
                    return refused
        return self.get_response(request)


def out_of_date(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The answer to a form whose token against forgeries is not the session's: one has signed in again elsewhere.

    A form that its ticket shows to be the person's own comes back with what was typed, to be sent once more.
    `reason` is Django's.
    """
    if tickets.ticket_of(request) is None:
        return render(request, "403_csrf.html", {"again": page_of(request)}, status=403)
    if not keep_post(request):
        messages.info(
            request,
            "Nothing was done, because you have signed in again since you opened this page. Do it again.",
        )
    return redirect(page_of(request))


def _refusal(request: HttpRequest, user: User, page: str) -> HttpResponse | None:
    """Why the form that was sent is not answered, as a page; None where it belongs to the person and the agency."""
    ticket = tickets.read(request.POST.get(tickets.FIELD, ""))
    if ticket is not None and ticket.person != user.pk:
        return render(request, "accounts/form_of_another.html", status=CONFLICT)
    if ticket is None:
        drawn = Ticket(user.pk, user.agency_id, opened={})
        return _send_again(request, page, "accounts/form_of_before.html", drawn)
    if ticket.agency != user.agency_id:
        theirs = [a for a in getattr(request, "agencies", ()) if a.pk == ticket.agency]
        if not theirs:
            return render(request, "accounts/form_of_another.html", status=CONFLICT)
        if BACK not in request.POST or not is_from_us(request):
            return _send_again(
                request,
                page,
                "accounts/form_of_other_agency.html",
                ticket,
                agency=theirs[0],
                back=BACK,
            )
        services.choose_agency(request=request, user=user, agency=theirs[0])
    request.ticket = ticket  # type: ignore[attr-defined]
    return None


def _send_again(
    request: HttpRequest, page: str, template: str, ticket: Ticket, **context: object
) -> HttpResponse:
    """The page says why nothing was saved, and holds what was typed, to be sent by one press."""
    ours = {tickets.FIELD, BACK, "csrfmiddlewaretoken"}
    typed = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in ours and page not in WITH_PASSWORD
        for value in values
    ]
    shown = {"typed": typed, "drawn": ticket, "may_send": page not in WITH_PASSWORD, **context}
    return render(request, template, shown, status=CONFLICT)
