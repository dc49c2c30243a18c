"""Where a request comes from, for every event that it leads to; and every page that is refused."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from ndtms.accounts.middleware import view_name
from ndtms.accounts.models import User
from ndtms.accounts.selectors import is_verified
from ndtms.accounts.visitors import client_address
from ndtms.audit import services
from ndtms.audit.origin import asked_from

REFUSED = (403, 404)


class AuditMiddleware:
    """Comes before the middleware that signs people in and out, because that writes events."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with asked_from(client_address(request), lambda: getattr(request.user, "region", "")):
            response = self.get_response(request)
            if response.status_code in REFUSED:
                note_refused(request, response.status_code)
        return response


def note_refused(request: HttpRequest, status: int) -> None:
    """An event for a page that was refused to somebody who is signed in; none for an address that is no page."""
    user = request.user
    page = view_name(request)
    if not page or not isinstance(user, User) or not is_verified(user=user):
        return
    services.record_refused_page(
        who=user.email,
        agency=user.agency.code if user.agency else "",
        page=page,
        status=status,
    )
