"""The audit, for those who have to know who did what."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from det import crispy
from det.kept import take
from det.selectors import NotFound
from ndtms.accounts.models import User
from ndtms.audit import presenters, selectors, services
from ndtms.audit.forms import FilterForm

PAGE_SIZE = 50
FILTER = "audit_filter"
"""Session key: what was filtered by."""


def or_not_found(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What the person may not see is not found."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotFound:
            raise Http404 from None

    return wrapped


@require_http_methods(["GET", "HEAD", "POST"])
@or_not_found
def audit(request: HttpRequest) -> HttpResponse:
    """The events that the person may see, filtered; the filter is kept in the session, never in an address."""
    user = cast(User, request.user)
    selectors.agencies_overseen(user)
    kept = FilterForm(request.session.get(FILTER, {}))
    sent = request.POST if request.method == "POST" else take(request)
    form = kept if sent is None else FilterForm(sent)
    # Before the kept one is used, so that whatever was kept can always be replaced.
    if sent is not None and form.is_valid():
        request.session[FILTER] = {name: form[name].value() or "" for name in form.fields}
        return redirect("audit")
    events = selectors.events_for(user, **kept.chosen)
    page = Paginator(events, PAGE_SIZE).get_page(request.GET.get("page"))
    names = selectors.names_in(user, list(page))
    context = {
        "form": form,
        "summary": crispy.summary(form),
        "page": page,
        "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "lines": [presenters.line(event, names) for event in page],
        "most": services.EXPORT_MOST,
    }
    return render(request, "audit/audit.html", context, status=422 if form.errors else 200)


@require_POST
@or_not_found
def audit_file(request: HttpRequest) -> HttpResponse:
    """The events that the page shows, all of its pages, as a file."""
    user = cast(User, request.user)
    chosen = FilterForm(request.session.get(FILTER, {})).chosen
    events = services.export(user=user, chosen=chosen)
    content = presenters.as_csv(events, selectors.names_in(user, events))
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    name = f"audit-{timezone.localdate():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
