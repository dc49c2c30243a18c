"""For regional teams and the national team: the key register, people's factors, and resets."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from det.dates import in_full
from det.definition import core_dataset
from det.tickets import ticket_for
from det.views.once import leads_to, once
from ndtms.accounts.models import User
from ndtms.keys import factors, selectors, services
from ndtms.keys.forms import BackupCodesForm, KeyForm, LendForm, ReplaceForm, ResetForm
from ndtms.keys.models import FactorReset, RegisteredKey, needs_two
from ndtms.keys.views import REFUSED, form_page, posted
from ndtms.web.changing import is_outdated

View = Callable[..., HttpResponse]
SHOWN = 50
"""So many keys or people are listed at most; a search finds the others."""
CODES, ENROLMENT, PROGRAMMED = "backup-codes", "enrolment-code", "values"
"""What is shown only once."""


def for_teams(view: View) -> View:
    """The page is not there for anybody else."""

    @wraps(view)
    def answer(request: HttpRequest, **kwargs: object) -> HttpResponse:
        if not selectors.is_of_team(user=cast(User, request.user)):
            raise Http404
        return view(request, by=cast(User, request.user), **kwargs)

    return answer


# The register


@require_http_methods(["GET", "HEAD", "POST"])
@for_teams
def register(request: HttpRequest, by: User) -> HttpResponse:
    """All keys of the region, and those that leavers still have."""
    wanted = _wanted(request)
    found = selectors.find_keys(by=by, text=wanted)
    context = {
        "q": wanted,
        "keys": found[:SHOWN],
        "more": found.count() > SHOWN,
        "of_leavers": selectors.keys_of_leavers(by=by),
    }
    return render(request, "keys/register.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_teams
@once
def add(request: HttpRequest, by: User) -> HttpResponse:
    """Adds a key to the stock. What a YubiKey is programmed with is on the answer, and never again."""
    regions = [by.region] if by.region else list(core_dataset().regions)
    form = KeyForm(posted(request), regions=regions, initial={"region": by.region})
    if form.is_valid():
        try:
            key = services.add_key(by=by, **form.cleaned_data)
        except ValidationError as error:
            _add_errors(form, error)
        else:
            if key.device:
                leads_to(request, _shown("key", key.pk, PROGRAMMED))
                return render(request, "keys/programme.html", {"key": key})
            messages.success(request, f"The key {key.serial} is in stock.")
            return redirect("key", key.pk)
    return form_page(request, "keys/add.html", form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_teams
@once
def key_page(request: HttpRequest, by: User, pk: int) -> HttpResponse:
    """One key: who has it. A post says what became of it: `returned` or `lost`."""
    key = selectors.key_of(by=by, pk=pk)
    if is_outdated(request, _with_whom(key)):
        return _look_again(request, "key", key.pk)
    if request.method == "POST":
        became = request.POST.get("became")
        if became not in ("returned", "lost"):
            raise Http404
        try:
            if became == "returned":
                services.return_key(by=by, key=key)
            else:
                services.lose_key(by=by, key=key)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, f"The key {key.serial} is marked as {became}.")
        return redirect("key", key.pk)
    left_out = key.holder is not None and not selectors.factors_of(user=key.holder)
    context = {
        "key": key,
        "left_out": left_out,
        "shown": request.GET.get("shown"),
        "drawn": ticket_for(request, _with_whom(key)),
    }
    return render(request, "keys/key.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_teams
@once
def lend(request: HttpRequest, by: User, pk: int) -> HttpResponse:
    """Lends a key in stock to somebody who signed the terms."""
    key = selectors.key_of(by=by, pk=pk)
    if not key.is_in_stock:
        return _too_late(request, key)
    form = LendForm(posted(request), people=selectors.people_of(by=by))
    if form.is_valid():
        answers = form.cleaned_data
        try:
            services.lend_key(
                by=by,
                key=key,
                holder=answers["email"],
                signed_on=answers["signed_on"],
                signed_by=answers["signed_by"],
            )
        except ValidationError as error:
            _add_errors(form, error)
        else:
            messages.success(
                request,
                f"The key {key.serial} is lent to {answers['email'].name}. The terms were signed on"
                f" {in_full(answers['signed_on'])}.",
            )
            return redirect("key", key.pk)
    return form_page(request, "keys/lend.html", form, key=key)


@require_http_methods(["GET", "HEAD", "POST"])
@for_teams
@once
def replace(request: HttpRequest, by: User, pk: int) -> HttpResponse:
    """Gives the holder of a lost or broken key another one."""
    key = selectors.key_of(by=by, pk=pk)
    if key.holder is None or key.replaced_by:
        return _too_late(request, key)
    if is_outdated(request, _with_whom(key)):
        return _look_again(request, "key", key.pk)
    form = ReplaceForm(posted(request), stock=selectors.keys_in_stock(by=by, like=key))
    if form.is_valid():
        try:
            services.replace_key(by=by, key=key, replacement=form.chosen)
        except ValidationError as error:
            _add_errors(form, error)
        else:
            messages.success(request, f"{key.holder.name} has the key {form.chosen.serial} now.")
            return redirect("key", form.chosen.pk)
    drawn = ticket_for(request, _with_whom(key))
    return form_page(request, "keys/replace.html", form, key=key, drawn=drawn)


def _with_whom(key: RegisteredKey) -> dict[str, str]:
    """What a page about the key was opened with: who has it, and whether it is lost."""
    return {"holder": f"{key.holder_id or ''}", "state": key.state}


def _too_late(request: HttpRequest, key: RegisteredKey) -> HttpResponse:
    """To the key, for a form that a colleague made useless. Raises Http404 where none was sent."""
    if request.method != "POST":
        raise Http404
    return _look_again(request, "key", key.pk)


def _look_again(request: HttpRequest, page: str, pk: int) -> HttpResponse:
    """To the page as it is now, for a form that was about something else."""
    messages.error(
        request,
        "A colleague has changed this after you opened the page. Nothing was done. This is how it is now.",
    )
    return redirect(page, pk)


# People


@require_http_methods(["GET", "HEAD", "POST"])
@for_teams
def people(request: HttpRequest, by: User) -> HttpResponse:
    """The people whose keys the team looks after, by name or e-mail address."""
    wanted = _wanted(request)
    found = selectors.find_people(by=by, text=wanted)
    shown = list(found[:SHOWN])
    context = {
        "q": wanted,
        "people": shown,
        "more": found.count() > SHOWN,
        "without_second": selectors.people_without_second_key(shown),
    }
    return render(request, "keys/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_teams
@once
def person_page(request: HttpRequest, by: User, pk: int) -> HttpResponse:
    """What a person signs in with. A post gives out backup codes, which are on the answer and never again."""
    person = selectors.person_of(by=by, pk=pk)
    codes: list[str] = []
    form = BackupCodesForm(posted(request))
    if form.is_valid():
        try:
            codes = factors.give_backup_codes(user=person, by=by, **form.cleaned_data)
        except ValidationError as error:
            _add_errors(form, error)
        else:
            form = BackupCodesForm()
            leads_to(request, _shown("person-factors", person.pk, CODES))
    context = {
        "person": person,
        "shown": request.GET.get("shown"),
        "may_have_codes": person.is_active and not needs_two(person),
        "factors": selectors.factors_of(user=person),
        "codes_left": selectors.codes_left(user=person),
        "lent": selectors.lent_keys(user=person),
        "codes": codes,
    }
    return form_page(request, "keys/person.html", form, **context)


@require_safe
@for_teams
def resets(request: HttpRequest, by: User) -> HttpResponse:
    """The resets that wait for a second member of a team; the national team may look at one region."""
    region = request.GET.get("region", "")
    waiting = selectors.resets_waiting(
        by=by, region=region if region in core_dataset().regions else ""
    )
    return render(request, "keys/resets.html", {"resets": waiting})


@require_http_methods(["GET", "HEAD", "POST"])
@for_teams
@once
def reset(request: HttpRequest, by: User, pk: int) -> HttpResponse:
    """Somebody lost a key: asks for a reset, and where two have to agree, approves or withdraws it."""
    person = selectors.person_of(by=by, pk=pk)
    waiting = selectors.pending_reset(user=person)
    decides = request.method == "POST" and ("approve" in request.POST or "withdraw" in request.POST)
    if decides and (waiting is None or is_outdated(request, _waits(waiting))):
        return _look_again(request, "factor-reset", person.pk)
    if waiting:
        return _waiting(request, by, person, waiting)
    form = ResetForm(posted(request), lent=selectors.lent_keys(user=person))
    if form.is_valid():
        try:
            _, code = services.ask_reset(user=person, by=by, **form.answers)
        except ValidationError as error:
            _add_errors(form, error)
        else:
            if code:
                return _done(request, person, code)
            messages.success(request, "A colleague has to approve this within 24 hours.")
            return redirect("factor-reset", person.pk)
    return form_page(
        request,
        "keys/reset.html",
        form,
        person=person,
        factors=selectors.factors_of(user=person),
        needs_two=needs_two(person),
    )


def _waits(waiting: FactorReset) -> dict[str, str]:
    """What the page of a reset that waits was opened with."""
    return {"reset": f"{waiting.pk}"}


def _waiting(request: HttpRequest, by: User, person: User, waiting: FactorReset) -> HttpResponse:
    context: dict[str, object] = {
        "person": person,
        "reset": waiting,
        "may_approve": waiting.asked_by_id != by.pk,
        "drawn": ticket_for(request, _waits(waiting)),
    }
    if request.method != "POST":
        return render(request, "keys/reset_waiting.html", context)
    try:
        if "withdraw" in request.POST:
            services.withdraw_reset(reset=waiting, by=by)
            messages.success(request, "The reset is withdrawn.")
            return redirect("person-factors", person.pk)
        if "approve" in request.POST:
            return _done(request, person, services.approve_reset(reset=waiting, by=by))
        context["refused"] = "A reset of this person waits already. Nothing was added to it."
    except ValidationError as error:
        context["refused"] = " ".join(error.messages)
    return render(request, "keys/reset_waiting.html", context, status=REFUSED)


def _wanted(request: HttpRequest) -> str:
    """What is searched for. It may be a name, so it is posted and never in an address."""
    return request.POST.get("q", "").strip()[:100]


def _shown(page: str, pk: int, what: str) -> str:
    """The address of a page that says of something that it was shown, and cannot be shown again."""
    return f"{reverse(page, args=[pk])}?{urlencode({'shown': what})}"


def _done(request: HttpRequest, person: User, code: str) -> HttpResponse:
    leads_to(request, _shown("person-factors", person.pk, ENROLMENT))
    return render(request, "keys/reset_done.html", {"person": person, "code": code})


def _add_errors(form: Form, error: ValidationError) -> None:
    """What the service refused, at the fields that it names."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for field, problems in error.error_dict.items():
        form.add_error(field if field in form.fields else None, problems)
