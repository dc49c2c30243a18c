"""The pages of the second step of signing in: with a factor that the person has, or setting up the first."""

from typing import cast

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from ndtms.accounts import selectors, services
from ndtms.accounts.forms import CodeForm
from ndtms.accounts.models import User
from ndtms.accounts.steps import go, leave, show
from ndtms.keys import factors, webauthn
from ndtms.keys import selectors as keys
from ndtms.keys.entered import WAIT, lent_key_set_up, why_refused
from ndtms.keys.forms import (
    BackupCodeForm,
    EnrolmentCodeForm,
    NewKeyForm,
    SecurityKeyForm,
    YubiKeyForm,
)
from ndtms.keys.kinds import Kind

FORMS: dict[Kind, type[Form]] = {
    Kind.KEY: SecurityKeyForm,
    Kind.YUBIKEY: YubiKeyForm,
    Kind.APP: CodeForm,
    Kind.BACKUP: BackupCodeForm,
}
TEMPLATES = {
    Kind.KEY: "accounts/code_key.html",
    Kind.YUBIKEY: "accounts/code_yubikey.html",
    Kind.APP: "accounts/code.html",
    Kind.BACKUP: "accounts/code_backup.html",
}
WRONG = {
    Kind.KEY: "That did not work. Put in the security key that you added here and try again",
    Kind.YUBIKEY: (
        "That one-time password is wrong or has been used. Click in the field, then touch your YubiKey again"
    ),
    Kind.BACKUP: "That code is wrong or has been used. Each backup code works once: enter another",
}


def second_step(request: HttpRequest, user: User) -> str:
    """The name of the page to which somebody goes who has entered the password."""
    if keys.factors_of(user=user):
        return "code"
    if not factors.may_enrol(request=request, user=user):
        return "enrol-code"
    return "enrol-lent-key" if keys.keys_to_set_up(user=user) else "enrol"


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, kind: str = "") -> HttpResponse:
    """Asks for the person's only kind of factor, or for the chosen one of several."""
    if _is_done(request):
        return leave(request)
    user = cast(User, request.user)
    if not keys.factors_of(user=user):
        return go(request, "sign-in")
    kinds = keys.kinds_of(user=user)
    if kind and kind not in kinds:
        return go(request, "code")
    if not kind and len(kinds) != 1:
        return choose_kind(request)
    chosen = Kind(kind or kinds[0])
    form = FORMS[chosen](request.POST if request.method == "POST" else None)
    if form.is_valid() and _is_right(request, user, chosen, form):
        return leave(request)
    context: dict[str, object] = {"several": len(kinds) > 1}
    if chosen == Kind.KEY:
        context["options"] = webauthn.begin_signing_in(request=request, user=user)
    elif chosen == Kind.APP:
        device = keys.device_for(user=user, kind=chosen, code="").device
        context["made_up_code"] = selectors.made_up_code(device=device)
    return show(request, TEMPLATES[chosen], form, context)


@require_safe
def choose_kind(request: HttpRequest) -> HttpResponse:
    """How to go on, for somebody with several kinds of factor; what they used last comes first."""
    kinds = keys.kinds_of(user=cast(User, request.user))
    return show(request, "accounts/code_choose.html", Form(), {"kinds": kinds})


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """Sets up an authenticator app as the first factor."""
    if _is_done(request):
        return leave(request)
    device = selectors.device_to_confirm(user=request.user)
    if device is None or not _may_enrol(request):
        return go(request, "sign-in")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        wait = selectors.seconds_to_wait(device=device)
        if wait:
            form.add_error("code", WAIT.format(wait))
        elif services.check_code(request=request, device=device, code=form.cleaned_data["code"]):
            return leave(request)
        else:
            form.add_error("code", why_refused(devices=[device], code=form.cleaned_data["code"]))
    context: dict[str, object] = {
        "secret": selectors.typed_secret(device=device),
        "qr_code": selectors.qr_code(device=device),
        **_other_ways(request),
    }
    return show(request, "accounts/enrol.html", form, context)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def enrol_key(request: HttpRequest) -> HttpResponse:
    """Sets up a FIDO2 security key as the first factor."""
    if _is_done(request):
        return leave(request)
    if not _may_enrol(request):
        return go(request, "sign-in")
    user = cast(User, request.user)
    form = NewKeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        device = factors.add_key(request=request, user=user, **form.cleaned_data)
        if device:
            services.accept_factor(request=request, user=user, device=device)
            return leave(request)
        form.add_error(None, "That did not work. Put in the security key and try again")
    options = webauthn.begin_adding(request=request, user=user)
    context = {"options": options, **_other_ways(request)}
    return show(request, "accounts/enrol_key.html", form, context)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def enrol_lent_key(request: HttpRequest) -> HttpResponse:
    """Sets up a YubiKey that is lent to the person as the first factor."""
    if _is_done(request):
        return leave(request)
    if not _may_enrol(request):
        return go(request, "sign-in")
    user = cast(User, request.user)
    if not keys.keys_to_set_up(user=user):
        return go(request, "enrol")
    form = YubiKeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        device = lent_key_set_up(user=user, form=form)
        if device:
            services.accept_factor(request=request, user=user, device=device)
            return leave(request)
    return show(request, "accounts/enrol_lent_key.html", form, {})


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def enrol_code(request: HttpRequest) -> HttpResponse:
    """Asks for the code that the regional team gave out with a reset, before a new factor is set up."""
    if _is_done(request):
        return leave(request)
    user = cast(User, request.user)
    if not user.is_authenticated or keys.factors_of(user=user):
        return go(request, "sign-in")
    if factors.may_enrol(request=request, user=user):
        return go(request, second_step(request, user))
    form = EnrolmentCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        typed = form.cleaned_data["code"]
        if factors.accept_enrolment_code(request=request, user=user, code=typed):
            return go(request, second_step(request, user))
        form.add_error(
            "code",
            "That code is wrong, has been used, or is older than 24 hours."
            " Check it, or ring your regional team for a new one",
        )
    return show(request, "accounts/enrol_code.html", form, {})


def _is_right(request: HttpRequest, user: User, kind: Kind, form: Form) -> bool:
    """Signs the person in if what they entered is right; otherwise the form says what to do."""
    if kind == Kind.KEY:
        if services.check_key(request=request, user=user, answer=form.cleaned_data["answer"]):
            return True
        form.add_error(None, WRONG[kind])
        return False
    wait = keys.seconds_to_wait(user=user, kind=kind)
    if wait:
        form.add_error("code", WAIT.format(wait))
        return False
    typed = form.cleaned_data["code"]
    device = keys.device_for(user=user, kind=kind, code=typed).device
    if kind == Kind.BACKUP:
        typed = factors.stored_backup_code(user=user, code=typed)
    if services.check_code(request=request, device=device, code=typed):
        return True
    form.add_error("code", _why_refused(user, kind, typed))
    return False


def _why_refused(user: User, kind: Kind, typed: str) -> str:
    if kind != Kind.APP:
        return WRONG[kind]
    apps = [factor.device for factor in keys.factors_of(user=user) if factor.kind == kind]
    return why_refused(devices=apps, code=typed)


def _is_done(request: HttpRequest) -> bool:
    """Has the person done both steps, and need not confirm that it is still them?"""
    confirming = request.session.get(services.CONFIRMING)
    return selectors.is_verified(user=request.user) and not confirming


def _other_ways(request: HttpRequest) -> dict[str, object]:
    """For pages that set up a first factor: whether a lent key could be one."""
    return {"has_lent_key": bool(keys.keys_to_set_up(user=cast(User, request.user)))}


def _may_enrol(request: HttpRequest) -> bool:
    user = request.user
    return isinstance(user, User) and factors.may_enrol(request=request, user=user)
