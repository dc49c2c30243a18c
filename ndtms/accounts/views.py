"""The pages of signing in and out."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from det.definition import core_dataset
from ndtms.accounts import selectors, services
from ndtms.accounts.forms import AgencyForm, PasswordForm
from ndtms.accounts.models import User
from ndtms.accounts.navigation import menu
from ndtms.accounts.second_step_views import second_step
from ndtms.accounts.steps import go, leave, next_address, show


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if selectors.is_verified(user=request.user):
        return leave(request)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        user = services.check_password(request=request, **form.cleaned_data)
        if user:
            return go(request, second_step(request, user))
        form.add_error(
            None, "The email address or the password is not right. Check both and try again."
        )
    context = {
        "made_up_accounts": selectors.made_up_accounts(),
        "made_up_password": settings.MADE_UP_PASSWORD,
        "was_somewhere": bool(next_address(request)),
    }
    return show(request, "accounts/sign_in.html", form, context)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    was_signed_in = request.user.is_authenticated
    services.sign_out(request=request)
    if was_signed_in:
        # For anybody else it would be a session on the server, which strangers could fill with them.
        messages.success(request, "You have signed out.")
    return redirect(settings.LOGOUT_REDIRECT_URL)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the first page of the person's menu."""
    return redirect(menu(request)["menu"][0]["address"])


@require_http_methods(["GET", "HEAD", "POST"])
def choose_agency(request: HttpRequest) -> HttpResponse:
    """For which agency to work, for somebody who works for several."""
    user = cast(User, request.user)
    agencies = selectors.agencies_of(user=user)
    if not agencies:
        raise Http404
    if len(agencies) == 1:
        # There may have been others when the page was opened.
        messages.info(request, f"You work for one agency only: {agencies[0]}.")
        return leave(request)
    data = request.POST if request.method == "POST" else None
    form = AgencyForm(data, agencies=agencies)
    if form.is_valid():
        services.choose_agency(request=request, user=user, agency=form.chosen)
        messages.success(request, f"You are working for {form.chosen}.")
        return leave(request)
    return show(request, "accounts/choose_agency.html", form, {})


@require_safe
def how_to_sign_in(request: HttpRequest) -> HttpResponse:
    regions = core_dataset().regions.items()
    return render(request, "accounts/how_to_sign_in.html", {"regions": regions})
