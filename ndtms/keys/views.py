"""Your sign-in: what you sign in with, added, named and removed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from det import crispy
from det.views.once import once
from ndtms.accounts import selectors as accounts
from ndtms.accounts.forms import CodeForm
from ndtms.accounts.models import User
from ndtms.accounts.services import FACTOR_AT, PASSWORD_AT, check_password_again, is_recent
from ndtms.accounts.steps import go, next_address
from ndtms.keys import factors, selectors, webauthn
from ndtms.keys.entered import WAIT, lent_key_set_up, why_refused
from ndtms.keys.forms import ConfirmForm, NewKeyForm, RenameForm, YubiKeyForm
from ndtms.keys.kinds import MOST_APPS, MOST_KEYS, Kind

REFUSED = 422
View = Callable[..., HttpResponse]


def freshly_confirmed(view: View) -> View:
    """Only for somebody who in the last minutes entered the password again and used a factor."""

    @wraps(view)
    def answer(request: HttpRequest, **kwargs: object) -> HttpResponse:
        if is_recent(request=request, what=PASSWORD_AT) and is_recent(
            request=request, what=FACTOR_AT
        ):
            return view(request, **kwargs)
        return redirect(f"{reverse('confirm-identity')}?{urlencode({'next': request.path})}")

    return answer


def form_page(request: HttpRequest, template: str, form: Form, **context: object) -> HttpResponse:
    """The page with its form; 422 where the form was refused."""
    shown = {"form": form, "summary": crispy.summary(form), **context}
    return render(request, template, shown, status=REFUSED if form.errors else 200)


def posted(request: HttpRequest) -> QueryDict | None:
    """What is sent now. What was typed before a session ended is not kept for these pages (urls.py)."""
    return request.POST if request.method == "POST" else None


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Asks for the password again, and after it for a factor unless one was used just now."""
    form = ConfirmForm(posted(request))
    if form.is_valid():
        user = cast(User, request.user)
        if check_password_again(request=request, user=user, **form.cleaned_data):
            if is_recent(request=request, what=FACTOR_AT):
                return redirect(next_address(request) or resolve_url("your-factors"))
            return go(request, "code")
        form.add_error("password", "The password is not right. Enter it again")
    return form_page(request, "keys/confirm.html", form)


@require_safe
def your_factors(request: HttpRequest) -> HttpResponse:
    """What the person signs in with, and the keys that are lent to them."""
    user = cast(User, request.user)
    found = selectors.factors_of(user=user)
    context = {
        "factors": found,
        "codes_left": selectors.codes_left(user=user),
        "room_for_key": selectors.security_key_count(user=user) < MOST_KEYS,
        "room_for_app": sum(factor.kind == Kind.APP for factor in found) < MOST_APPS,
        "lent": selectors.lent_keys(user=user),
        "to_set_up": selectors.keys_to_set_up(user=user),
        "most_keys": MOST_KEYS,
    }
    return render(request, "keys/your_factors.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@freshly_confirmed
@once
def add_key(request: HttpRequest) -> HttpResponse:
    """Adds a FIDO2 security key."""
    user = cast(User, request.user)
    try:
        factors.check_room_for_key(user=user)
    except ValidationError as error:
        return _back(request, error)
    form = NewKeyForm(posted(request))
    if form.is_valid():
        if factors.add_key(request=request, user=user, **form.cleaned_data):
            messages.success(request, "You can sign in with this security key from now on.")
            return redirect("your-factors")
        form.add_error(
            None,
            "That did not work. Put in a security key that you have not added yet, and try again",
        )
    options = webauthn.begin_adding(request=request, user=user)
    return form_page(request, "keys/add_key.html", form, options=options)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@freshly_confirmed
@once
def set_up_lent_key(request: HttpRequest) -> HttpResponse:
    """Sets up a YubiKey that is lent to the person, who proves to have it by a one-time password."""
    user = cast(User, request.user)
    if not selectors.keys_to_set_up(user=user):
        return redirect("your-factors")
    form = YubiKeyForm(posted(request))
    if form.is_valid() and lent_key_set_up(user=user, form=form):
        messages.success(request, "You can sign in with this YubiKey from now on.")
        return redirect("your-factors")
    return form_page(request, "keys/lent_key.html", form)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@freshly_confirmed
@once
def add_app(request: HttpRequest) -> HttpResponse:
    """Adds an authenticator app; the secret is another one each time the page is opened."""
    user = cast(User, request.user)
    device = accounts.device_to_confirm(user=user) if request.method == "POST" else None
    if device is None:
        try:
            device = factors.begin_app(user=user)
        except ValidationError as error:
            return _back(request, error)
    form = CodeForm(posted(request))
    if form.is_valid():
        wait = accounts.seconds_to_wait(device=device)
        if wait:
            form.add_error("code", WAIT.format(wait))
        elif factors.confirm_app(user=user, device=device, code=form.cleaned_data["code"]):
            messages.success(request, "You can sign in with this app from now on.")
            return redirect("your-factors")
        else:
            form.add_error("code", why_refused(devices=[device], code=form.cleaned_data["code"]))
    context = {
        "secret": accounts.typed_secret(device=device),
        "qr_code": accounts.qr_code(device=device),
    }
    return form_page(request, "keys/add_app.html", form, **context)


@require_http_methods(["GET", "HEAD", "POST"])
@freshly_confirmed
@once
def rename(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Another name for one of the person's factors."""
    user = cast(User, request.user)
    factor = selectors.factor_of(user=user, kind=kind, pk=pk)
    if factor.kind == Kind.BACKUP:
        raise Http404
    form = RenameForm(posted(request), initial={"name": factor.name})
    if form.is_valid():
        factors.rename(user=user, factor=factor, **form.cleaned_data)
        messages.success(request, "The name is changed.")
        return redirect("your-factors")
    return form_page(request, "keys/rename.html", form, factor=factor)


@require_http_methods(["GET", "HEAD", "POST"])
@freshly_confirmed
@once
def remove(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Asks, and then takes one of the person's factors away."""
    user = cast(User, request.user)
    factor = selectors.factor_of(user=user, kind=kind, pk=pk)
    if request.method == "POST":
        try:
            factors.remove(user=user, factor=factor, session_key=request.session.session_key)
        except ValidationError as error:
            return _back(request, error)
        messages.success(request, "You cannot sign in with it any more.")
        return redirect("your-factors")
    return render(request, "keys/remove.html", {"factor": factor})


def _back(request: HttpRequest, error: ValidationError) -> HttpResponse:
    messages.error(request, " ".join(error.messages))
    return redirect("your-factors")
