"""Deleting and restoring records of every kind."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from det import selectors, services
from det.deleted import RESTORE_DAYS, deleted_in_words, uppermost_deleted
from det.models import Record
from det.presenters.deleting import delete_page
from det.presenters.saved import arranged_in_words
from det.presenters.words import title
from det.tickets import ticket_for, ticket_of
from det.views.caseload import SEARCH
from det.views.once import once, to_deleted
from det.views.shared import AgencyRequest, find, of_agency


@require_http_methods(["GET", "POST"])
@of_agency
@once
def delete(request: AgencyRequest, section: str, key: UUID) -> HttpResponse:
    """Says what goes, asks, then deletes; a deleted record can be restored."""
    record = find(request, section, key)
    if uppermost_deleted(record).deleted_at is not None:
        return _is_gone(request, record)
    if request.method != "POST":
        services.tell_viewed(user=request.user, client=record.client)
        going = selectors.belongings(record)
        page = delete_page(record, going)
        page["drawn"] = ticket_for(request, selectors.as_opened(going))
        return render(request, "det/delete.html", page)
    ticket = ticket_of(request)
    opened = ticket.opened if ticket else None
    try:
        arranged = services.delete_record(user=request.user, record=record, opened=opened)
    except services.OtherBelongings:
        messages.error(
            request,
            "What goes with it has changed after you opened the page. Nothing was deleted."
            " This is what would go now.",
        )
        return redirect("record-delete", section, key)
    except selectors.NotFound:
        # At the same moment.
        return _is_gone(request, find(request, section, key))
    said = f"{title(record)} deleted. You can restore it for {RESTORE_DAYS} days."
    messages.success(request, " ".join([said, *arranged_in_words(arranged)]))
    if record.parent is not None:
        return redirect("client", record.client.pk)
    # Who was searched for may be just who is gone.
    request.session.pop(SEARCH, None)
    return redirect("client-list")


@require_POST
@of_agency
@once
def restore(request: AgencyRequest, section: str, key: UUID) -> HttpResponse:
    """Brings a record back, or says what has to come back before it, and leads there."""
    try:
        record, arranged = services.restore_record(user=request.user, section=section, key=key)
    except services.ParentDeleted as found:
        return _to_parent(request, found.parent)
    except selectors.NotFound:
        return _is_back(request, section, key)
    messages.success(
        request, " ".join([f"{title(record)} restored.", *arranged_in_words(arranged)])
    )
    return redirect("client", record.client.pk)


def _is_gone(request: AgencyRequest, record: Record) -> HttpResponse:
    """A colleague was quicker to delete the record, or what it belongs to."""
    gone = uppermost_deleted(record)
    messages.info(request, f"{title(gone)} {deleted_in_words(gone)} already.")
    return to_deleted(request, gone)


def _is_back(request: AgencyRequest, section: str, key: UUID) -> HttpResponse:
    """A colleague was quicker to restore the record. Raises NotFound where it cannot be restored any more."""
    record = selectors.record_for(request.user, section, key, deleted=True)
    above = uppermost_deleted(record)
    if above is not record:
        return _to_parent(request, above)
    if record.deleted_at is not None:
        raise selectors.NotFound
    messages.info(request, f"{title(record)} is there again already: somebody has restored it.")
    return redirect("client", record.client.pk)


def _to_parent(request: AgencyRequest, parent: Record) -> HttpResponse:
    messages.error(
        request,
        f"Nothing was restored: it belongs to {title(parent)}, which {deleted_in_words(parent)}. "
        "Restore that first.",
    )
    return to_deleted(request, parent)
