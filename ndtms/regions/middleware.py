"""Whoever runs the service declares confidentiality and learns about it each year, or does not come in."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ndtms.accounts.middleware import OPEN_PAGES, view_name
from ndtms.accounts.models import User
from ndtms.accounts.selectors import is_verified
from ndtms.regions import duties
from ndtms.regions.models import STAFF_ROLES

# The pages of the own account stay, and those on which a team records for one another: where everybody's has
# lapsed at once, somebody has to begin.
REACHABLE = OPEN_PAGES | {
    "declarations",
    "declaration",
    "password",
    "own-sessions",
    "confirm-identity",
    "your-factors",
    "factor-add-key",
    "factor-add-app",
    "factor-rename",
    "factor-remove",
}


class DeclarationMiddleware:
    """Warns from 30 days before a declaration lapses, and stops access once it has. After VerifiedMiddleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or user.role not in STAFF_ROLES:
            return self.get_response(request)
        if not is_verified(user=user):
            return self.get_response(request)
        due = [duty for duty in duties.duties_of(person=user) if duty.is_due]
        request.duties_due = due  # type: ignore[attr-defined]
        lapsed = [duty for duty in due if duty.is_lapsed]
        if lapsed and view_name(request) not in REACHABLE:
            context = {"lapsed": lapsed, "is_only_national": duties.is_only_national(user)}
            return render(request, "regions/lapsed.html", context, status=403)
        return self.get_response(request)


def warning(request: HttpRequest) -> dict[str, object]:
    """Context processor: `duties_due`, what the person has to do again soon."""
    return {"duties_due": getattr(request, "duties_due", [])}
