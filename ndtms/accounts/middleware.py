"""Nobody sees a page without both steps of signing in."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import resolve_url
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone

from det import kept, tickets
from ndtms.accounts import selectors, services, sessions
from ndtms.accounts.models import User

# Pages for people who are not signed in yet. Static files never come this far: WhiteNoise, or the
# server in front, answers for them.
OPEN_PAGES = frozenset(
    {
        "sign-in",
        "code",
        "code-by",
        "enrol",
        "enrol-key",
        "enrol-lent-key",
        "enrol-code",
        "sign-out",
        "how-to-sign-in",
        "about",
        "accessibility",
        "privacy",
        "contact",
        "ask-access",
        "access-asked",
        "invitation",
        "invitation-password",
    }
)
BUTTONS_ON = {
    "record-restore": "client-list",
    "transfer-file": "transfer",
    "audit-file": "audit",
    "sign-out": "home",
}
"""Addresses to which a button sends and that are no page -> the page to go back to."""
CHOOSE_AGENCY = "choose-agency"
SIGNED_IN_AT = "signed_in_at"


def begin_session(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """Receiver of user_logged_in: notes when the session began, and drops what somebody else had typed."""
    request.session[SIGNED_IN_AT] = timezone.now().timestamp()
    kept.drop_of_others(request, user.pk)


class VerifiedMiddleware:
    """Sends everybody to the sign-in page who has not entered password and code.

    Also ends a session after settings.SESSION_ABSOLUTE_AGE, however busy it was, and forbids
    browsers and proxies to keep any page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and is_too_old(request):
            services.sign_out(request=request)
            messages.info(request, "You were signed in for 12 hours. Sign in again to carry on.")
            response = to_sign_in(request)
        elif is_open(request):
            response = self.get_response(request)
        elif isinstance(request.user, User) and selectors.is_verified(user=request.user):
            response = self._answer(request, request.user)
        else:
            response = to_sign_in(request)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _answer(self, request: HttpRequest, user: User) -> HttpResponse:
        """The page, for the agency that was chosen; whoever works for several chooses one first."""
        sessions.note(request=request, user=user)
        agencies = selectors.agencies_of(user=user)
        chosen = request.session.get(services.CHOSEN_AGENCY)
        has_to_choose = len(agencies) > 1 and chosen is None
        if has_to_choose:
            # Whoever sends a form, or comes back to it, goes on in the agency for which it was drawn.
            chosen = _drawn_for(request, user) or kept.kept_agency(request)
        of_these = [agency for agency in agencies if agency.pk == chosen]
        request.agencies = agencies  # type: ignore[attr-defined]
        if len(agencies) > 1 and not of_these and view_name(request) != CHOOSE_AGENCY:
            return redirect_to_login(request.get_full_path(), resolve_url(CHOOSE_AGENCY))
        if of_these and has_to_choose:
            services.choose_agency(request=request, user=user, agency=of_these[0])
        user.choose(of_these[0] if of_these else agencies[0] if len(agencies) == 1 else None)
        return self.get_response(request)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page, which leads back to this page and to what was typed on it."""
    keep_post(request)
    if view_name(request) in BUTTONS_ON and not is_open(request):
        messages.info(request, "Nothing was done yet. Press the button again.")
    return redirect_to_login(page_of(request), resolve_url(settings.LOGIN_URL))


def page_of(request: HttpRequest) -> str:
    """The address of the page that is asked for, or from which something was sent."""
    with_button = BUTTONS_ON.get(view_name(request))
    return reverse(with_button) if with_button else request.get_full_path()


def _drawn_for(request: HttpRequest, user: User) -> int | None:
    """The key of the agency for which the form that is sent was drawn; None where it has no ticket of this person."""
    if not _has_text(request):
        return None
    ticket = tickets.read(request.POST.get(tickets.FIELD, ""))
    return ticket.agency if ticket and ticket.person == user.pk else None


def keep_post(request: HttpRequest) -> bool:
    """Keeps what was typed while a session ended, on the server, until the person has signed in again.

    It is only ever shown, never saved by itself. It has to come from a page of ours; whoever is signing in anew has
    another token against forgeries by then, and another site could not send their session's cookie. Returns whether
    there was something that can be kept.
    """
    if not _has_text(request) or view_name(request) in BUTTONS_ON:
        # A file is not even read.
        return False
    is_ours = request.user.is_authenticated or is_from_us(request)
    return is_ours and kept.keep(request)


def _has_text(request: HttpRequest) -> bool:
    """Whether a form was sent; one with a file is no such form."""
    return request.method == "POST" and request.content_type == "application/x-www-form-urlencoded"


def is_from_us(request: HttpRequest) -> bool:
    """Whether what was sent came from a page of ours."""
    return CsrfViewMiddleware(_no_page).process_view(request, _no_page, (), {}) is None


def _no_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def is_open(request: HttpRequest) -> bool:
    return view_name(request) in OPEN_PAGES


def view_name(request: HttpRequest) -> str:
    """The name of the page that is asked for; '' for an address that is none."""
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""


def is_too_old(request: HttpRequest) -> bool:
    began = request.session.get(SIGNED_IN_AT, 0)
    return bool(timezone.now().timestamp() - began > settings.SESSION_ABSOLUTE_AGE)
