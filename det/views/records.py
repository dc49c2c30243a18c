"""Adding, changing and reviewing records of every kind. No branch on a kind or an item."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from det import fixing, selectors, services
from det.definition import core_dataset
from det.forms.items import RESTORE
from det.forms.record import RecordForm
from det.models import Record, new_record
from det.pages import Page, discharges, page_after, page_of, pages_of
from det.presenters import findings as finding_presenters
from det.presenters import records as presenters
from det.presenters.deleting import restore_offer
from det.presenters.saved import banner, heading, not_undone, undone
from det.tickets import drawn_for, ticket_of
from det.views.once import adds, once, to_restore
from det.views.shared import AgencyRequest, find, of_agency, posted

HEADING = "heading"
"""Session key: the heading over the findings of the page to which a save leads back."""


@require_http_methods(["GET", "POST"])
@of_agency
@once
def add_client(request: AgencyRequest) -> HttpResponse:
    return _add(request, "client", None)


@require_http_methods(["GET", "POST"])
@of_agency
@once
def add(request: AgencyRequest, section: str, key: UUID) -> HttpResponse:
    """Adds a record of the section to the client or episode with the key."""
    if section not in core_dataset().sections or section == "client":
        raise Http404
    above = "client" if section == "episode" else "episode"
    return _add(request, section, find(request, above, key))


def _add(request: AgencyRequest, section: str, parent: Record | None) -> HttpResponse:
    record = new_record(request.user.agency, section, parent)
    page = pages_of(section, record.agency.dataset)[0]
    form = RecordForm(record=record, page=page, data=posted(request))
    if form.is_valid() and request.method == "POST":
        try:
            saved = services.add_record(
                user=request.user,
                section=section,
                parent=parent,
                values=form.texts,
                page=page.id,
                restoring=RESTORE in request.POST,
            )
        except services.Gone as gone:
            return _form_page(request, form, record, page, gone=gone.records)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            adds(request, saved.record, page.id)
            return _after_save(request, saved, form, known=set())
    return _form_page(request, form, record, page)


@require_http_methods(["GET", "POST"])
@of_agency
def change(request: AgencyRequest, section: str, key: UUID, page: str) -> HttpResponse:
    """Shows one page of a record as a form, with what the rules find, and saves it."""
    record = find(request, section, key)
    form_page = page_of(section, record.agency.dataset, page)
    if form_page is None:
        raise Http404
    _tell_viewed(request, record)
    findings = selectors.findings_of_record(record)
    ticket = ticket_of(request)
    form = RecordForm(
        record=record,
        page=form_page,
        data=posted(request),
        findings=findings,
        quiet="from" not in request.GET,
        opened=ticket.opened if ticket else None,
    )
    if form.is_valid() and request.method == "POST":
        try:
            saved = services.change_record(
                user=request.user,
                record=record,
                values=form.texts,
                opened=ticket.opened if ticket else {},
                page=form_page.id,
                restoring=RESTORE in request.POST,
            )
        except services.Gone as gone:
            return _form_page(request, form, record, form_page, gone=gone.records)
        except services.Conflict as found:
            return _form_page(request, form, found.record, form_page, disputed=found.fields)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _after_save(request, saved, form, known=presenters.known(findings))
    return _form_page(request, form, record, form_page)


def _tell_viewed(request: AgencyRequest, record: Record) -> None:
    """What is sent is noted as a change; only looking is noted here."""
    if request.method != "POST":
        services.tell_viewed(user=request.user, client=record.client)


def _form_page(
    request: AgencyRequest,
    form: RecordForm,
    record: Record,
    page: Page,
    disputed: frozenset[str] = frozenset(),
    gone: Iterable[Record] = (),
) -> HttpResponse:
    context = presenters.form_page(record, page, form, request.user, disputed, list(gone))
    context["summary_heading"] = request.session.pop(HEADING, "")
    now = record.answers()
    in_dispute = {field: now[field] for field in disputed}
    context["drawn"] = drawn_for(request, form, form.opened, in_dispute)
    context["restore_offer"] = restore_offer(form)
    errand = fixing.errand(request.GET)
    if errand:
        following = fixing.next_finding(request.user, errand, record)
        context["fixing"] = finding_presenters.fixing(errand, following)
    status = 422 if request.method == "POST" else 200
    return render(request, "det/form.html", context, status=status)


def _after_save(
    request: AgencyRequest, saved: services.Saved, form: RecordForm, known: set[presenters.Known]
) -> HttpResponse:
    """Back to the page when the save brought up something new on it, otherwise onwards."""
    record, page = saved.record, form.page
    found = saved.findings if saved.is_changed else selectors.findings_of_record(record)
    new = presenters.new_on_page(found, known, form)
    blanks = presenters.blanks_on_page(found, page)
    said = banner(saved, page, form.taken, blanks)
    errand = fixing.errand(request.GET)
    if discharges(page) and selectors.left_open(record):
        messages.success(request, said)
        return redirect("episode-end", record.pk)
    if request.POST.get("then") != "client" and new:
        request.session[HEADING] = heading(new)
        if saved.arranged != services.NOTHING or form.taken:
            messages.info(request, said)
        address = reverse("record-change", args=[record.section, record.pk, page.id])
        return redirect(finding_presenters.from_list(address, errand))
    (messages.success if saved.is_changed else messages.info)(request, said)
    if errand and request.POST.get("then") == fixing.ORIGIN:
        after_this = fixing.next_finding(request.user, errand, record)
        return redirect(finding_presenters.address_after(errand, after_this))
    following = page_after(record.section, record.agency.dataset, page)
    if following is not None and request.POST.get("then") != "client":
        return redirect("record-change", record.section, record.pk, following.id)
    return redirect("client", record.client.pk)


@require_http_methods(["GET", "POST"])
@of_agency
@once
def undo(request: AgencyRequest, section: str, key: UUID, version: int) -> HttpResponse:
    """Shows what the last save of a record changed, and takes it back."""
    record = selectors.record_for(request.user, section, key, deleted=True)
    which: Any = {"user": request.user, "section": section, "key": key, "version": version}
    try:
        if request.method != "POST":
            page = presenters.undo_page(services.undoable(**which))
            _tell_viewed(request, record)
            return render(request, "det/undo.html", page)
        saved = services.undo_change(**which)
    except services.Gone as found:
        return to_restore(request, found.records[0], "Nothing was undone. ")
    except services.Conflict as found:
        messages.info(request, not_undone(found.record, version))
    except ValidationError as error:
        messages.error(request, f"Nothing was undone. {' '.join(error.messages)}")
    else:
        (messages.success if saved.is_changed else messages.info)(request, undone(saved))
    return redirect("client", record.client.pk)


@require_safe
@of_agency
def review(request: AgencyRequest, section: str, key: UUID) -> HttpResponse:
    """All answers of a record, each with a link to change it."""
    record = selectors.record_for(request.user, section, key)
    _tell_viewed(request, record)
    return render(request, "det/review.html", presenters.review_page(record))
