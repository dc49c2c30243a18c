"""The pages on which a team looks at an agency, and those on which the agency's lead sees that it did."""

from __future__ import annotations

from typing import cast

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from det import crispy
from det.checking import bring_up_to_date
from det.scope import limited_to
from det.views.shared import posted
from ndtms.accounts.models import User
from ndtms.audit import presenters as audit
from ndtms.audit.selectors import names_in
from ndtms.audit.views import PAGE_SIZE, or_not_found
from ndtms.oversight import presenters, selectors, services
from ndtms.oversight.forms import ReasonForm


@require_safe
@or_not_found
def quality(request: HttpRequest, code: str) -> HttpResponse:
    """How good an agency's data are, without any client's."""
    user = cast(User, request.user)
    agency = selectors.agency_for(user, code)
    with limited_to([agency.pk]):
        bring_up_to_date(agency)
        found = selectors.quality_for(user, agency)
    return render(request, "oversight/quality.html", presenters.quality_page(agency, found))


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@or_not_found
def client(request: HttpRequest, code: str) -> HttpResponse:
    """Asks for a reason, then shows one client once: there is no address to come back to."""
    user = cast(User, request.user)
    agency = selectors.agency_for(user, code)
    form = ReasonForm(posted(request))
    if request.method == "POST" and form.is_valid():
        with limited_to([agency.pk]):
            found = services.view_with_reason(user=user, agency=agency, **form.cleaned_data)
            page = presenters.client_page(found) if found else None
        if page:
            return render(request, "oversight/client.html", {**page, "agency": agency})
        form.add_error("client_id", "There is no client with this ID at this agency")
    context = {"agency": agency, "form": form, "summary": crispy.summary(form)}
    status = 422 if form.errors else 200
    return render(request, "oversight/reason.html", context, status=status)


@require_safe
@or_not_found
def views(request: HttpRequest) -> HttpResponse:
    """Who of the teams looked at which client, when and why."""
    user = cast(User, request.user)
    page = Paginator(selectors.views_with_reason(user), PAGE_SIZE).get_page(request.GET.get("page"))
    names = names_in(user, list(page))
    context = {
        "page": page,
        "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "lines": [audit.line(event, names) for event in page],
    }
    return render(request, "oversight/views.html", context)
