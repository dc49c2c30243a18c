"""Somebody has left."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from det.dates import in_full
from det.views.once import once
from ndtms.accounts.models import Role
from ndtms.regions import selectors
from ndtms.regions.models import STAFF_ROLES, Leaving
from ndtms.regions.services import leavers as services
from ndtms.regions.views.shared import PersonRequest, for_roles

for_those_who_take_out = for_roles(Role.LEAD, *STAFF_ROLES)


@require_http_methods(["GET", "HEAD", "POST"])
@for_those_who_take_out
@once
def leaver(request: PersonRequest, key: int) -> HttpResponse:
    """Says what will be done; the button does it all at once."""
    leaving = selectors.leaving_known(user=request.user, key=key)
    if leaving:
        return _has_left(request, leaving)
    person = selectors.leaver_for(user=request.user, key=key)
    if request.method == "POST":
        return _has_left(request, services.take_out(by=request.user, person=person))
    context = {"person": person, "agencies": person.agencies.order_by("name", "code")}
    return render(request, "regions/leaver.html", context)


def _has_left(request: PersonRequest, leaving: Leaving) -> HttpResponse:
    """To the receipt; a provider lead who did not do it is told who did, and has none."""
    if request.user.role in STAFF_ROLES or leaving.by == request.user:
        return redirect("leaver-receipt", leaving.user.pk)
    day = in_full(timezone.localdate(leaving.at))
    messages.info(
        request,
        f"{leaving.user.name} has left already: {leaving.by.name} did what was to be done on {day}.",
    )
    return redirect("agency-people")


@require_safe
@for_those_who_take_out
def receipt(request: PersonRequest, key: int) -> HttpResponse:
    """What was done, to print and to keep."""
    leaving = selectors.receipt_for(user=request.user, key=key)
    context = {
        "leaving": leaving,
        "agencies": leaving.agencies.order_by("name", "code"),
        "may_undo": selectors.may_change(user=request.user, person=leaving.user),
    }
    return render(request, "regions/receipt.html", context)
