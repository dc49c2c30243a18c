"""What somebody sent that could not be saved, because the session had ended or the form was spent.

It is kept on the server for an hour, for that person, agency and page.

It is only ever shown, never saved by itself. Only a form with a ticket is kept, so nobody who was never signed in can
leave anything here. A page says by `kept_if` and `never_kept` which of its forms are not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve
from django.utils import timezone

from det.tickets import FIELD, read

KEPT = "kept_form"
"""Session key: of one form at most."""
LARGEST = 50_000
"""Characters; the largest form of the tool has some 5,000."""
LASTS = 60 * 60
View = Callable[..., HttpResponse]
Test = Callable[[QueryDict], bool]


def kept_if(test: Test) -> Callable[[View], View]:
    """A page with several forms: what is sent to it is kept only if it passes; a button that was pressed does not."""

    def decorate(view: View) -> View:
        view.kept_if = test  # type: ignore[attr-defined]
        return view

    return decorate


def never_kept(view: View) -> View:
    """A page that asks for a password, a code or a key: nothing that is sent to it is kept."""
    return kept_if(lambda form: False)(view)


def _may_be_kept(request: HttpRequest) -> bool:
    """Does the page that was sent a form let it be kept? An address that is no page does not."""
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    test: Test | None = getattr(view, "kept_if", None)
    return test is None or test(request.POST)


def keep(request: HttpRequest) -> bool:
    """Keeps the form that was sent, if it is one of ours, no larger than ours can be, and its page lets it be kept.

    Returns whether it was kept.
    """
    ticket = read(request.POST.get(FIELD, ""))
    return ticket is not None and _keep(
        request, ticket.person, ticket.agency, request.path, request.POST
    )


def keep_at(request: HttpRequest, address: str, form: QueryDict) -> bool:
    """Keeps what somebody who is signed in sent, to be shown on the page with the address, to which they are led.

    Returns whether it was kept: see `keep`.
    """
    user: Any = request.user
    return _keep(request, user.pk, user.agency_id, address, form)


def _keep(
    request: HttpRequest, person: int, agency: int | None, address: str, form: QueryDict
) -> bool:
    encoded = form.urlencode()
    if len(encoded) > LARGEST or not _may_be_kept(request):
        return False
    request.session[KEPT] = {
        "person": person,
        "agency": agency,
        "address": address,
        "form": encoded,
        "at": timezone.now().timestamp(),
    }
    return True


def kept_agency(request: HttpRequest) -> int | None:
    """For which agency the form that is kept was drawn, if one is kept for this person."""
    kept = _kept(request)
    return kept["agency"] if kept else None


def take(request: HttpRequest) -> QueryDict | None:
    """The form that is kept for this person, agency and page; afterwards it is not kept any more.

    What is kept for another person or another agency, or too long, is dropped unseen.
    """
    kept = _kept(request)
    if is_kept(request) and kept is not None:
        drop(request)
        return QueryDict(kept["form"])
    if kept is None or kept["agency"] != request.user.agency_id:  # type: ignore[union-attr]
        drop(request)
    return None


def is_kept(request: HttpRequest) -> bool:
    """Whether `take` would give a form."""
    kept = _kept(request)
    return (
        kept is not None
        and kept["agency"] == request.user.agency_id  # type: ignore[union-attr]
        and kept["address"] == request.path
    )


def was_signed_out(form: QueryDict) -> bool:
    """Whether a form that was kept was sent after the session had ended: it has its ticket still."""
    return FIELD in form


def drop(request: HttpRequest) -> None:
    request.session.pop(KEPT, None)


def drop_of_others(request: HttpRequest, person: int) -> None:
    """Drops what is kept for anybody but the person, who signs in."""
    if request.session.get(KEPT, {}).get("person") != person:
        drop(request)


def _kept(request: HttpRequest) -> dict[str, Any] | None:
    kept = request.session.get(KEPT)
    if not kept or kept["person"] != request.user.pk:
        return None
    return kept if timezone.now().timestamp() - kept["at"] <= LASTS else None
