"""The page of a region, and its agencies."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from det.checking import today
from det.dates import in_full
from det.kept import kept_if
from det.tickets import drawn_for, ticket_for
from det.views.once import once
from det.views.shared import posted
from ndtms.accounts.models import Role
from ndtms.keys import selectors as keys
from ndtms.oversight import presenters as oversight
from ndtms.oversight.selectors import standing_of
from ndtms.regions import duties, places, selectors
from ndtms.regions.forms import (
    AddAgencyForm,
    ChangeAgencyForm,
    CloseAgencyForm,
    InviteLeadForm,
    RegionSearch,
    add_errors,
)
from ndtms.regions.services import access
from ndtms.regions.services import agencies as services
from ndtms.regions.views.shared import (
    PersonRequest,
    chosen_region,
    for_teams,
    form_page,
    of_region,
    pages,
    searched,
    told_of_access,
)
from ndtms.web.changing import Disputed, opened_in

SEARCH = "agency_search"


@require_http_methods(["GET", "HEAD", "POST"])
@for_teams
def region(request: PersonRequest) -> HttpResponse:
    """What waits for the team, and the agencies."""
    form, elsewhere = searched(request, RegionSearch, SEARCH)
    if elsewhere:
        return elsewhere
    user, name = request.user, chosen_region(request)
    people = selectors.people_for(user=user, region=name)
    waiting = selectors.waiting(selectors.requests_for(user=user, region=name))
    context = {
        **of_region(request),
        "form": form,
        "waiting": waiting.count(),
        "resets": keys.resets_to_approve(by=user, region=name).count(),
        "dormant": selectors.dormant_people(people).count(),
        "without_second_key": selectors.without_second_key(people).count(),
        "without_mail": selectors.without_mail(people).count(),
        "declarations": len(duties.due_in_team(user=user, region=name)),
        **pages(request, selectors.search_agencies(user=user, region=name, **form.search)),
        "today": today(),
    }
    listed = list(context["page"])
    standing = standing_of(user, listed)
    context["rows"] = [
        (
            agency,
            places.in_words(agency.local_authority),
            oversight.standing(standing[agency.pk]),
        )
        for agency in listed
    ]
    return render(request, "regions/region.html", context)


@require_http_methods(["GET", "HEAD"])
@for_teams
def agency(request: PersonRequest, key: int) -> HttpResponse:
    """One agency and its people."""
    found = selectors.agency_for(user=request.user, key=key)
    context = {
        "agency": found,
        "authority": places.in_words(found.local_authority),
        "is_closed": found.closed_on is not None and found.closed_on <= today(),
        **pages(request, selectors.people_of(agency=found)),
    }
    return render(request, "regions/agency.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_teams
@once
def add(request: PersonRequest) -> HttpResponse:
    form = AddAgencyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = services.add_agency(by=request.user, opened_on=today(), **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, f"{made} has been added. {form.taken}".strip())
            return redirect("agency", made.pk)
    return form_page(request, "regions/agency_form.html", form, **_suggestions(request))


@require_http_methods(["GET", "HEAD", "POST"])
@for_teams
@once
def change(request: PersonRequest, key: int) -> HttpResponse:
    found = selectors.agency_for(user=request.user, key=key)
    shown, disputed = selectors.answers_of(found), None
    in_words = {"local_authority": places.in_words(found.local_authority)}
    form = ChangeAgencyForm(
        posted(request), initial={**shown, **in_words}, authority=found.local_authority
    )
    if request.method == "POST" and form.is_valid():
        try:
            changed = services.change_agency(
                by=request.user, agency=found, opened=opened_in(request), **form.cleaned_data
            )
        except Disputed as error:
            disputed = error.now
            add_errors(form, error)
        except ValidationError as error:
            add_errors(form, error)
        else:
            told = "The agency has been changed." if changed else "Nothing has changed."
            messages.success(request, f"{told} {form.taken}".strip())
            return redirect("agency", key)
    drawn = drawn_for(request, form, shown, disputed)
    context = {"agency": found, "drawn": drawn, **_suggestions(request)}
    return form_page(request, "regions/agency_form.html", form, **context)


@kept_if(lambda form: "open" not in form)
@require_http_methods(["GET", "HEAD", "POST"])
@for_teams
@once
def close(request: PersonRequest, key: int) -> HttpResponse:
    """Closes an agency from a day on, or opens a closed one again."""
    found = selectors.agency_for(user=request.user, key=key)
    shown, disputed = selectors.closing_of(found), None
    opens = request.method == "POST" and "open" in request.POST
    form = CloseAgencyForm(None if opens else posted(request), agency=found)
    if request.method == "POST" and (opens or form.is_valid()):
        day = None if opens else form.cleaned_data["closed_on"]
        try:
            services.close_agency(
                by=request.user, agency=found, closed_on=day, opened=opened_in(request)
            )
        except Disputed as error:
            disputed = error.now
            if opens:
                messages.error(request, " ".join(error.messages))
                return redirect("agency-close", key)
            add_errors(form, error)
        except ValidationError as error:
            add_errors(form, error)
        else:
            told = f"{found} is closed from {in_full(day)} on." if day else f"{found} is open."
            messages.success(request, told)
            return redirect("agency", key)
    drawn = drawn_for(request, form, shown, disputed)
    context = {"agency": found, "drawn": drawn, "drawn_to_open": ticket_for(request, shown)}
    return form_page(request, "regions/close.html", form, **context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_teams
@once
def invite_lead(request: PersonRequest, key: int) -> HttpResponse:
    """An account for the agency's provider lead, who need not ask for it first."""
    found = selectors.agency_for(user=request.user, key=key)
    form = InviteLeadForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            person = access.invite_lead(by=request.user, agency=found, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, told_of_access(person, role=Role.LEAD))
            return redirect("agency", key)
    return form_page(request, "regions/lead_invite.html", form, agency=found)


def _suggestions(request: PersonRequest) -> dict[str, Any]:
    """What the form's lists offer."""
    offered = places.authorities(day=today(), region=request.user.region)
    return {
        "authorities": [places.in_words(code) for code in offered],
        "providers": selectors.providers_for(user=request.user),
    }
