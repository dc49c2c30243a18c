"""The pages of signing in and out."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_otp.plugins.otp_totp.models import TOTPDevice

from det import crispy
from ndtms.accounts import selectors, services
from ndtms.accounts.forms import AgencyForm, CodeForm, PasswordForm
from ndtms.accounts.models import User
from ndtms.accounts.navigation import menu


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if selectors.is_verified(user=request.user):
        return _leave(request)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        user = services.check_password(request=request, **form.cleaned_data)
        if user:
            return _go(request, "code" if selectors.confirmed_device(user=user) else "enrol")
        form.add_error(
            None, "The email address or the password is not right. Check both and try again."
        )
    context = {
        "made_up_accounts": selectors.made_up_accounts(),
        "made_up_password": settings.MADE_UP_PASSWORD,
        "was_somewhere": bool(_next(request)),
    }
    return _render(request, "accounts/sign_in.html", form, context)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    device = selectors.confirmed_device(user=request.user)
    return _check_code(request, "accounts/code.html", device)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    device = selectors.device_to_confirm(user=request.user)
    return _check_code(request, "accounts/enrol.html", device)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    services.sign_out(request=request)
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
    if len(agencies) < 2:
        raise Http404
    data = request.POST if request.method == "POST" else None
    form = AgencyForm(data, agencies=agencies)
    if form.is_valid():
        services.choose_agency(request=request, user=user, agency=form.chosen)
        messages.success(request, f"You are working for {form.chosen}.")
        return _leave(request)
    return _render(request, "accounts/choose_agency.html", form, {})


@require_safe
def how_to_sign_in(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/how_to_sign_in.html")


def _check_code(request: HttpRequest, template: str, device: TOTPDevice | None) -> HttpResponse:
    """The page of the second step, for the device that has to show a code."""
    if selectors.is_verified(user=request.user):
        return _leave(request)
    if device is None:
        return _go(request, "sign-in")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        wait = selectors.seconds_to_wait(device=device)
        if wait:
            form.add_error(
                "code", f"Too many wrong codes. Wait {wait} seconds, then enter a new one"
            )
        elif services.check_code(request=request, device=device, code=form.cleaned_data["code"]):
            return _leave(request)
        else:
            form.add_error(
                "code",
                "That code is wrong or has been used. Wait until your app shows a new code,"
                " then enter that",
            )
    context: dict[str, object] = {"made_up_code": selectors.made_up_code(device=device)}
    if not device.confirmed:
        context["secret"] = selectors.typed_secret(device=device)
        context["qr_code"] = selectors.qr_code(device=device)
    return _render(request, template, form, context)


def _render(
    request: HttpRequest, template: str, form: Form, context: dict[str, object]
) -> HttpResponse:
    return render(request, template, {"form": form, "summary": crispy.summary(form), **context})


def _next(request: HttpRequest) -> str:
    """Where the person was going: an address of ours, or nothing."""
    address = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if safe else ""


def _go(request: HttpRequest, page: str) -> HttpResponseRedirect:
    """To another step of signing in, still knowing where the person was going."""
    address = _next(request)
    return redirect(reverse(page) + ("?" + urlencode({"next": address}) if address else ""))


def _leave(request: HttpRequest) -> HttpResponseRedirect:
    """To where the person was going."""
    return redirect(_next(request) or resolve_url(settings.LOGIN_REDIRECT_URL))
