"""Adding, changing, reviewing, deleting and restoring records of every kind. No branch on a kind or an item."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from det import selectors, services
from det.definition import core_dataset
from det.forms.record import RecordForm
from det.models import RECORDS, Client, Episode, Record
from det.pages import Page, page_after, page_of, pages_of
from det.presenters import records as presenters
from det.presenters.words import anchor, title
from det.views.shared import AgencyRequest, of_agency, posted


@require_http_methods(["GET", "POST"])
@of_agency
def add_client(request: AgencyRequest) -> HttpResponse:
    return _add(request, "client", None)


@require_http_methods(["GET", "POST"])
@of_agency
def add(request: AgencyRequest, section: str, key: UUID) -> HttpResponse:
    """Adds a record of the section to the client or episode with the key."""
    if section not in core_dataset().sections or section == "client":
        raise Http404
    above = "client" if section == "episode" else "episode"
    return _add(request, section, selectors.record_for(request.user, above, key))


def _add(request: AgencyRequest, section: str, parent: Record | None) -> HttpResponse:
    record: Any = RECORDS[section](agency=request.user.agency, version=0)
    if isinstance(parent, Client):
        record.client = parent
    elif isinstance(parent, Episode):
        record.episode = parent
    page = pages_of(section, record.agency.dataset)[0]
    form = RecordForm(record=record, page=page, data=posted(request))
    if form.is_valid() and request.method == "POST":
        try:
            saved = services.add_record(
                user=request.user, section=section, parent=parent, values=form.texts
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _after_save(request, saved, page, known=set())
    return _form_page(request, form, record, page)


@require_http_methods(["GET", "POST"])
@of_agency
def change(request: AgencyRequest, section: str, key: UUID, page: str) -> HttpResponse:
    """Shows one page of a record as a form, with what the rules find, and saves it."""
    record = selectors.record_for(request.user, section, key)
    form_page = page_of(section, record.agency.dataset, page)
    if form_page is None:
        raise Http404
    _tell_viewed(request, record)
    findings = selectors.findings_of_record(record)
    form = RecordForm(record=record, page=form_page, data=posted(request), findings=findings)
    conflict: list[presenters.Difference] = []
    if form.is_valid() and request.method == "POST":
        try:
            saved = services.change_record(
                user=request.user, record=record, values=form.texts, version=_version(request)
            )
        except services.Conflict as found:
            conflict = presenters.differences(found.record, form.texts)
            record = found.record
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _after_save(request, saved, form_page, known=presenters.known(findings))
    return _form_page(request, form, record, form_page, conflict)


def _tell_viewed(request: AgencyRequest, record: Record) -> None:
    """What is sent is noted as a change; only looking is noted here."""
    if request.method != "POST":
        services.tell_viewed(user=request.user, client=record.client)


def _version(request: AgencyRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _form_page(
    request: AgencyRequest,
    form: RecordForm,
    record: Record,
    page: Page,
    conflict: list[presenters.Difference] | None = None,
) -> HttpResponse:
    context = presenters.form_page(record, page, form, conflict or [])
    status = 422 if request.method == "POST" else 200
    return render(request, "det/form.html", context, status=status)


def _after_save(
    request: AgencyRequest, saved: services.Saved, page: Page, known: set[presenters.Known]
) -> HttpResponse:
    """Back to the page when the save brought up something new on it, otherwise onwards."""
    record = saved.record
    for item in saved.cleared:
        messages.info(request, f"{item.question} was cleared, because it no longer applies.")
    found = selectors.findings_of_record(record)
    if request.POST.get("then") != "client" and presenters.new_on_page(found, known, record, page):
        messages.success(request, "Saved. There is something to look at on this page.")
        return redirect("record-change", record.section, record.pk, page.id)
    messages.success(request, f"{page.title} saved.")
    following = page_after(record.section, record.agency.dataset, page)
    if following is not None and request.POST.get("then") != "client":
        return redirect("record-change", record.section, record.pk, following.id)
    return redirect(f"{reverse('client', args=[record.client.pk])}{anchor(record)}")


@require_safe
@of_agency
def review(request: AgencyRequest, section: str, key: UUID) -> HttpResponse:
    """All answers of a record, each with a link to change it."""
    record = selectors.record_for(request.user, section, key)
    _tell_viewed(request, record)
    return render(request, "det/review.html", presenters.review_page(record))


@require_http_methods(["GET", "POST"])
@of_agency
def delete(request: AgencyRequest, section: str, key: UUID) -> HttpResponse:
    """Asks, then deletes; a deleted record can be restored."""
    record = selectors.record_for(request.user, section, key)
    if request.method == "POST":
        services.delete_record(user=request.user, record=record)
        messages.success(
            request,
            f"{title(record)} deleted. You can restore it for {services.RESTORE_DAYS} days.",
        )
        return (
            redirect("client-list")
            if record.parent is None
            else redirect("client", record.client.pk)
        )
    _tell_viewed(request, record)
    return render(request, "det/delete.html", presenters.review_page(record))


@require_POST
@of_agency
def restore(request: AgencyRequest, section: str, key: UUID) -> HttpResponse:
    record = services.restore_record(user=request.user, section=section, key=key)
    messages.success(request, f"{title(record)} restored.")
    return redirect("client", record.client.pk)
