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
    """Clients with search, filter, order and pages.

    What is searched for may be personal, so it is posted and kept in the session, never in an address.
    """
    if request.method == "POST":
        form = SearchForm(request.POST)
        if form.search is None:
            return _list(request, form)
        request.session[SEARCH] = form.search
        return redirect("client-list")
    return _list(request, SearchForm(request.session.get(SEARCH, {})))


def _list(request: AgencyRequest, form: SearchForm) -> HttpResponse:
    search, sort = form.search, request.GET.get("sort", "")
    clients = (
        selectors.no_clients()
        if search is None
        else selectors.search_clients(request.user, **search, sort=sort)
    )
    page = Paginator(clients, PAGE_SIZE).get_page(request.GET.get("page"))
    context = presenters.client_list(
        form=form,
        search=search,
        sort=sort,
        page=page,
        listed=selectors.with_counts(request.user, page),
    )
    context["quality"] = selectors.quality_of(request.user.agency)
    return render(request, "det/client_list.html", context, status=422 if search is None else 200)


@require_safe
@of_agency
def client(request: AgencyRequest, key: UUID) -> HttpResponse:
    """One client: what is wrong, the client's own answers, the episodes with their lists."""
    file = selectors.client_file(request.user, key)
    services.tell_viewed(user=request.user, client=file.client)
    return render(request, "det/client.html", presenters.client_page(file))
