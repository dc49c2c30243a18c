"""Deleting and restoring records of every kind."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from det import selectors, services
from det.deleted import RESTORE_DAYS, deleted_in_words
from det.models import Record
from det.presenters.deleting import delete_page
from det.presenters.saved import arranged_in_words
from det.presenters.words import title
from det.views.caseload import SEARCH
from det.views.once import once, to_deleted
from det.views.shared import AgencyRequest, of_agency


@require_http_methods(["GET", "POST"])
@of_agency
@once
def delete(request: AgencyRequest, section: str, key: UUID) -> HttpResponse:
    """Says what goes, asks, then deletes; a deleted record can be restored."""
    record = selectors.record_for(request.user, section, key)
    if request.method != "POST":
        services.tell_viewed(user=request.user, client=record.client)
        page = delete_page(record, selectors.belongings(record))
        return render(request, "det/delete.html", page)
    arranged = services.delete_record(user=request.user, record=record)
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
    messages.success(
        request, " ".join([f"{title(record)} restored.", *arranged_in_words(arranged)])
    )
    return redirect("client", record.client.pk)


def _to_parent(request: AgencyRequest, parent: Record) -> HttpResponse:
    messages.error(
        request,
        f"Nothing was restored: it belongs to {title(parent)}, which {deleted_in_words(parent)}. "
        "Restore that first.",
    )
    return to_deleted(request, parent)
