"""The list of clients and the page of one client."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from det import selectors, services
from det.forms.search import SearchForm
from det.presenters import clients as presenters
from det.views.shared import AgencyRequest, of_agency

PAGE_SIZE = 25
SEARCH = "client_search"


@require_http_methods(["GET", "POST"])
@of_agency
def client_list(request: AgencyRequest) -> HttpResponse:
    """Clients with search, filter and pages.

    What is searched for may be personal, so it is posted and kept in the session, never in an address.
    """
    if request.method == "POST":
        request.session[SEARCH] = SearchForm(request.POST).search
        return redirect("client-list")
    form = SearchForm(request.session.get(SEARCH, {}))
    clients = selectors.search_clients(request.user, **form.search)
    page = Paginator(clients, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "det/client_list.html",
        {
            "form": form,
            "page": page,
            "rows": [presenters.client_row(client) for client in page],
            "quality": selectors.quality_of(request.user.agency),
            "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        },
    )


@require_safe
@of_agency
def client(request: AgencyRequest, key: UUID) -> HttpResponse:
    """One client: what is wrong, the client's own answers, the episodes with their lists."""
    found = selectors.client_for(request.user, key)
    services.tell_viewed(user=request.user, client=found)
    return render(request, "det/client.html", presenters.client_page(found))
