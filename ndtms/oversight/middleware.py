"""The database shows each request the records of one agency: the one that the person works for now."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from det.scope import limited_to
from ndtms.accounts.models import User
from ndtms.accounts.selectors import is_verified


class RecordsMiddleware:
    """Comes after VerifiedMiddleware, which knows the agency chosen.

    For people who work for no agency there are no records; the few pages on which they see some say whose
    (ndtms/oversight/views.py, and who clients are in ndtms/audit/selectors.py).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with limited_to(agencies_of(request)):
            return self.get_response(request)


def agencies_of(request: HttpRequest) -> list[int]:
    """The key of the agency that the person works for now, if there is one."""
    user = request.user
    if not isinstance(user, User) or not is_verified(user=user) or user.agency_id is None:
        return []
    return [user.agency_id]
