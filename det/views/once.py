"""A form that does something does it once: sent again, be it at the same moment, it leads to what it did.

Whoever goes back, types something else and sends the form again loses nothing: what is typed now is shown again, on the
form on which what was added then can be changed where it is a record.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import salted_hmac

from det.definition import core_dataset
from det.deleted import deleted_in_words, uppermost_deleted
from det.kept import keep_at
from det.models import Record, SpentForm
from det.presenters.words import title
from det.selectors import NotFound, record_anywhere
from det.tickets import BACK, FIELD, spend, ticket_of
from det.views.caseload import SEARCH

NOT_TYPED = ("csrfmiddlewaretoken", FIELD, BACK, "then")
"""What a form posts that nobody typed."""


def once(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose form is carried out once.

    A view whose answer is a page and not a redirect says by `leads_to` that it has done something, one that adds a
    record says by `adds` which.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        ticket = ticket_of(request)
        if request.method != "POST" or ticket is None:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            spent, is_first = spend(ticket)
            if not is_first:
                return _again(request, spent)
            response = view(request, *args, **kwargs)
            spent.address = getattr(request, "leads_to", "") or response.headers.get("Location", "")
            if spent.address:
                spent.sent = _digest(request)
                spent.record, spent.page = getattr(request, "adds", (None, ""))
                spent.save()
            else:
                spent.delete()
        return response

    wrapped.acts_once = True  # type: ignore[attr-defined]
    return wrapped


def leads_to(request: HttpRequest, address: str) -> None:
    """Notes where to go when the form is sent again, for an answer that is shown only once.

    The form is spent: those that the answer shows are new ones.
    """
    request.leads_to = address  # type: ignore[attr-defined]
    request.ticket = None  # type: ignore[attr-defined]


def adds(request: HttpRequest, record: Record, page: str) -> None:
    """Notes which record the form has added, and the page of its form on which the answers can be changed."""
    request.adds = (record.pk, page)  # type: ignore[attr-defined]


def _again(request: HttpRequest, spent: SpentForm) -> HttpResponse:
    record = _added(request, spent)
    gone = uppermost_deleted(record) if record is not None else None
    is_deleted = gone is not None and gone.deleted_at is not None
    if spent.sent in ("", _digest(request)):
        if gone is not None and is_deleted:
            return to_restore(request, gone, "This form was sent before. ")
        messages.info(request, "This form was sent before. Nothing was done again.")
        return redirect(spent.address)
    typed = request.POST.copy()
    # It is spent: the form gets a new one.
    typed.pop(FIELD, None)
    if record is None or gone is None or is_deleted:
        is_kept = keep_at(request, request.path, typed)
        messages.error(request, _unsaved(record, gone, is_kept))
        return redirect(request.get_full_path())
    address = reverse("record-change", args=[record.section, record.pk, spent.page])
    is_kept = keep_at(request, address, _as_change(typed, record))
    below = (
        " yet. It is below, as a change: save it. If it is about another, add that anew"
        if is_kept
        else ""
    )
    messages.error(
        request,
        f"This form was sent before, and added {title(record)}. What you typed now is not saved{below}.",
    )
    return redirect(address)


def _unsaved(record: Record | None, gone: Record | None, is_kept: bool) -> str:
    """What is said of answers that were sent with a form that was carried out before; `gone`: deleted since."""
    if record is None or gone is None:
        return "This form was sent before, with other answers, and was carried out then. What you sent now was not."
    below = " yet. It is below: save it to add it anew" if is_kept else ""
    return (
        f"This form was sent before, and added {title(record)}. {title(gone)} {deleted_in_words(gone)}."
        f" What you typed now is not saved{below}."
    )


def _added(request: HttpRequest, spent: SpentForm) -> Record | None:
    user: Any = request.user
    try:
        return record_anywhere(user, spent.record) if spent.record else None
    except NotFound:
        return None


def _as_change(typed: QueryDict, record: Record) -> QueryDict:
    """What was typed to add the record: an identifier that was left blank was made by the tool, and stays."""
    id_field = core_dataset().sections[record.section].id_field
    if not typed.get(id_field):
        typed[id_field] = record.identifier
    return typed


def _digest(request: HttpRequest) -> str:
    """By which to see whether a form is sent again as it was; what was typed cannot be read from it."""
    typed = request.POST.copy()
    for name in NOT_TYPED:
        typed.pop(name, None)
    lines = sorted((name, typed.getlist(name)) for name in typed)
    return salted_hmac("det.once", repr(lines), algorithm="sha256").hexdigest()


def to_restore(request: HttpRequest, record: Record, before: str = "") -> HttpResponse:
    """Says after `before` that the record was deleted meanwhile, and leads to where it can be restored."""
    messages.error(
        request,
        f"{before}{title(record)} {deleted_in_words(record)}: restore it, and change it there.",
    )
    return to_deleted(request, record)


def to_deleted(request: HttpRequest, record: Record) -> HttpResponse:
    """To the page on which a deleted record can be restored: its client's, or the list of deleted clients."""
    if record.parent is not None:
        return redirect("client", record.client.pk)
    request.session[SEARCH] = {"text": "", "show": "deleted"}
    return redirect("client-list")
