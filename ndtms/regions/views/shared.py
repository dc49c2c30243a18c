"""What the views share: who may open a page, search kept in the session, pages of lists."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode

from det import crispy
from det.definition import core_dataset
from det.kept import take
from det.tickets import ticket_of
from ndtms.accounts.models import Role, User
from ndtms.regions.forms import RegionSearch
from ndtms.regions.models import STAFF_ROLES
from ndtms.regions.selectors import NotFound

PAGE_SIZE = 25
View = Callable[..., HttpResponse]


class PersonRequest(HttpRequest):
    """A request by somebody who is signed in."""

    user: User


def for_roles(*roles: str) -> Callable[[View], View]:
    """A page for these roles; for everybody else, and for what they may not see, there is no such page.

    Whoever was a provider lead when they opened a form, and is none any more, is told so.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.role not in roles:
                if request.user.role_lowered_at is None or ticket_of(request) is None:
                    raise Http404
                messages.error(request, "Your role was changed. Nothing was done.")
                return redirect("home")
            try:
                return view(request, *args, **kwargs)
            except (NotFound, PermissionDenied):
                raise Http404 from None

        return wrapped

    return decorate


for_teams = for_roles(*STAFF_ROLES)


def chosen_region(request: PersonRequest) -> str:
    """The region that the page is about: the team's own, or the one that the national team looks at, or ''."""
    if request.user.role != Role.NATIONAL:
        return request.user.region
    region = request.GET.get("region", "")
    return region if region in core_dataset().regions else ""


def of_region(request: PersonRequest) -> dict[str, Any]:
    """For templates: the region, and for the national team the regions to choose from."""
    region = chosen_region(request)
    is_national = request.user.role == Role.NATIONAL
    query = urlencode({"region": region}) if is_national and region else ""
    return {
        "region": region,
        "regions": list(core_dataset().regions) if is_national else [],
        "query": f"?{query}" if query else "",
        "more": f"&{query}" if query else "",
    }


def searched(
    request: PersonRequest, form_class: type[RegionSearch], key: str
) -> tuple[RegionSearch, HttpResponse | None]:
    """The search kept under the key of the session; when one was posted, now or as the session ended, also where to go.

    Names and addresses are personal: they are posted and kept in the session, never in an address.
    """
    sent = request.POST if request.method == "POST" else take(request)
    if sent is not None:
        request.session[key] = form_class(sent).search
        return form_class({}), redirect(request.path + of_region(request)["query"])
    return form_class(request.session.get(key, {})), None


def pages(request: HttpRequest, found: QuerySet[Any]) -> dict[str, Any]:
    """For templates: a page of the list, and the numbers of the others."""
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {"page": page, "numbers": numbers}


def told_of_access(person: User, *, role: str) -> str:
    """What the team reads once somebody was let in, who may have had an account in another role."""
    told = f"{person.name} is told by email."
    if person.role != role:
        told += f" The role stays {person.get_role_display().lower()}: change it on their page."
    return told


def form_page(request: HttpRequest, template: str, form: Form, **context: Any) -> HttpResponse:
    """A page with a form, and what is wrong with it on top; 422 where something is."""
    context.update(form=form, summary=crispy.summary(form))
    return render(request, template, context, status=422 if form.errors else 200)
