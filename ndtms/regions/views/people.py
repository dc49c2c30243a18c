"""People: of a region, of an agency, and one person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from det.kept import kept_if
from det.models import Agency
from det.views.once import once
from det.views.shared import posted
from ndtms.accounts.models import AGENCY_ROLES, Role, User
from ndtms.mail.selectors import mails_to
from ndtms.regions import duties, selectors
from ndtms.regions.forms import (
    AddStaffForm,
    AgencyCodeForm,
    ColleagueForm,
    PeopleSearch,
    add_errors,
)
from ndtms.regions.services import access, invitations
from ndtms.regions.services import people as services
from ndtms.regions.views.shared import (
    PersonRequest,
    chosen_region,
    for_roles,
    for_teams,
    form_page,
    of_region,
    pages,
    searched,
)

SEARCH = "people_search"
FIRST = 10
"""So many of those who have been asked for are on the page of the agency's people."""


@require_http_methods(["GET", "HEAD", "POST"])
@for_teams
def people(request: PersonRequest) -> HttpResponse:
    """The people of the region; ?show= starts with one of the filters."""
    form, elsewhere = searched(request, PeopleSearch, SEARCH)
    if elsewhere:
        return elsewhere
    if "show" in request.GET:
        form = PeopleSearch({"show": request.GET["show"]})
        request.session[SEARCH] = form.search
    found = selectors.search_people(user=request.user, region=chosen_region(request), **form.search)
    context = {**of_region(request), "form": form, **pages(request, found)}
    return render(request, "regions/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(Role.NATIONAL)
@once
def add(request: PersonRequest) -> HttpResponse:
    """An account for somebody who works for no agency."""
    form = AddStaffForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            person = services.add_staff(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, f"{person.name} is sent an invitation by email.")
            return redirect("person", person.pk)
    return form_page(request, "regions/person_add.html", form)


@kept_if(lambda form: form.get("do") == "add")
@require_http_methods(["GET", "HEAD", "POST"])
@for_teams
@once
def person(request: PersonRequest, key: int) -> HttpResponse:
    """One person: state, agencies, and what can be done; a post does the one thing named by `do`."""
    found = selectors.person_for(user=request.user, key=key)
    sent = posted(request)
    form = AgencyCodeForm(sent if sent and sent.get("do") == "add" else None)
    if request.method == "POST":
        action = ACTIONS.get(request.POST.get("do", ""))
        try:
            done = action(request, found, form) if action else ""
        except ValidationError as error:
            if form.is_bound:
                add_errors(form, error)
            else:
                messages.error(request, " ".join(error.messages))
                return redirect("person", key)
        else:
            if done:
                messages.success(request, done)
            if not form.errors:
                return redirect("person", key)
    return form_page(request, "regions/person.html", form, **_person(request, found))


def _person(request: PersonRequest, found: User) -> dict[str, Any]:
    own = selectors.agencies_for(user=request.user)
    return {
        "person": found,
        "disabled_on": selectors.seen_last(person=found) + selectors.DISABLED_AFTER,
        "agencies": found.agencies.order_by("name", "code"),
        "removable": set(own.filter(people=found)) if found.agencies.count() > 1 else set(),
        "is_closed": not found.is_active or selectors.is_disabled_by_time(email=found.email),
        "may_change": selectors.may_change(user=request.user, person=found),
        "is_self": found.pk == request.user.pk,
        "works_for_agencies": found.role in AGENCY_ROLES,
        "other_role": Role.LEAD if found.role == Role.DATA_ENTRY else Role.DATA_ENTRY,
        "mails": mails_to(email=found.email),
        "invitation": selectors.last_invitation(person=found),
        "leaving": selectors.leaving_of(person=found),
        "duties": duties.duties_of(person=found),
        "may_record": duties.may_record(user=request.user, person=found),
    }


def _add_to_agency(request: PersonRequest, found: User, form: AgencyCodeForm) -> str:
    if not form.is_valid():
        return ""
    agency = _agency(request, code=form.cleaned_data["code"])
    if agency is None:
        raise ValidationError({"code": "There is no such agency in your region"})
    services.add_to_agency(by=request.user, person=found, agency=agency)
    return f"{found.name} works for {agency} as well."


def _remove(request: PersonRequest, found: User, form: AgencyCodeForm) -> str:
    agency = _agency(request, code=request.POST.get("agency", ""))
    if agency is None:
        raise selectors.NotFound
    services.remove_from_agency(by=request.user, person=found, agency=agency)
    return f"{found.name} does not work for {agency} any more."


def _agency(request: PersonRequest, code: str) -> Agency | None:
    return selectors.agencies_for(user=request.user).filter(code=code).first()


def _role(request: PersonRequest, found: User, form: AgencyCodeForm) -> str:
    services.change_role(by=request.user, person=found, role=request.POST.get("role", ""))
    return f"{found.name} is now: {found.get_role_display().lower()}."


def _disable(request: PersonRequest, found: User, form: AgencyCodeForm) -> str:
    services.disable(by=request.user, person=found)
    return f"The account of {found.name} is disabled. Nobody can sign in to it."


def _enable(request: PersonRequest, found: User, form: AgencyCodeForm) -> str:
    left_out = services.enable(by=request.user, person=found)
    said = f"The account of {found.name} is enabled."
    if left_out:
        said += (
            f" {found.name} does not work for {', '.join(map(str, left_out))} any more, which has another provider"
            " by now: a person can work for several agencies of one provider only."
        )
    return said


def _invite(request: PersonRequest, found: User, form: AgencyCodeForm) -> str:
    invitations.invite(by=request.user, person=found)
    return f"{found.name} is sent a link by email. An earlier one is of no use any more."


ACTIONS: dict[str, Callable[[PersonRequest, User, AgencyCodeForm], str]] = {
    "add": _add_to_agency,
    "remove": _remove,
    "role": _role,
    "disable": _disable,
    "enable": _enable,
    "invite": _invite,
}


@require_http_methods(["GET", "HEAD"])
@for_roles(Role.LEAD)
def colleagues(request: PersonRequest) -> HttpResponse:
    """The people of the agency that a provider lead works for now, and the first of those who have been asked for.

    ?show=asked has all of these.
    """
    asked = selectors.asked_for_colleagues(user=request.user)
    agency = request.user.agency
    if request.GET.get("show") == "asked":
        context = {"agency": agency, "more": "&show=asked", **pages(request, asked)}
        return render(request, "regions/colleagues_asked.html", context)
    found = pages(request, selectors.colleagues_of(user=request.user))
    context = {
        "agency": agency,
        "asked": asked[:FIRST],
        "asked_number": asked.count(),
        "may_leave": set(selectors.may_be_taken_out(user=request.user)),
        **found,
    }
    return render(request, "regions/colleagues.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(Role.LEAD)
@once
def ask(request: PersonRequest) -> HttpResponse:
    """A provider lead asks for an account for a colleague."""
    form = ColleagueForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            access.ask_for_colleague(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, "Your regional team has been asked, and answers by email.")
            return redirect("agency-people")
    context = {"agency": request.user.agency}
    return form_page(request, "regions/colleague_ask.html", form, **context)
