"""Asking for access, the answer, and the invitation."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from det.definition import core_dataset
from det.kept import kept_if
from det.views.once import once
from det.views.shared import posted
from ndtms.accounts.second_step_views import second_step
from ndtms.accounts.services import check_password
from ndtms.accounts.visitors import counted_address
from ndtms.mail.selectors import mails_to
from ndtms.regions import selectors
from ndtms.regions.forms import AccessForm, NewPasswordForm, RefuseForm, add_errors
from ndtms.regions.services import access as services
from ndtms.regions.services import invitations
from ndtms.regions.views.shared import (
    PersonRequest,
    chosen_region,
    for_teams,
    form_page,
    of_region,
    pages,
    told_of_access,
)

INVITATION = "invitation"
"""Session key: of the invitation whose button was pressed."""


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Anybody may ask; the answer is the same whether there is such an account or agency."""
    form = AccessForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            services.ask_for_access(address=counted_address(request), **form.cleaned_data)
        except services.TooMany:
            return render(request, "regions/too_many.html", status=429)
        except services.TooManyToday:
            context = {"teams": core_dataset().regions.items()}
            return render(request, "regions/too_many_today.html", context, status=429)
        except ValidationError as error:
            add_errors(form, error)
        else:
            return redirect("access-asked")
    return form_page(request, "regions/ask.html", form)


@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    return render(request, "regions/asked.html")


@require_safe
@for_teams
def requests(request: PersonRequest) -> HttpResponse:
    """The requests that wait, the oldest first; ?show=answered those that do not, the newest first."""
    found = selectors.requests_for(user=request.user, region=chosen_region(request))
    show_answered = request.GET.get("show") == "answered"
    found = selectors.answered(found) if show_answered else selectors.waiting(found)
    context = {
        **of_region(request),
        "show_answered": show_answered,
        "waiting_days": services.WAITING_DAYS,
        "answered_days": services.ANSWERED_DAYS,
        **pages(request, found),
    }
    if show_answered:
        context["more"] += "&show=answered"
    return render(request, "regions/requests.html", context)


@kept_if(lambda form: "approve" not in form)
@require_http_methods(["GET", "HEAD", "POST"])
@for_teams
@once
def request_page(request: PersonRequest, key: int) -> HttpResponse:
    """One request: approve it, or refuse it and say why."""
    found = selectors.request_for(user=request.user, key=key)
    if request.method == "POST" and "approve" in request.POST:
        try:
            person = services.approve(by=request.user, key=key)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("access-request", key)
        messages.success(request, f"Approved. {told_of_access(person, role=found.role)}")
        return redirect("access-requests")
    form = RefuseForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.refuse(by=request.user, key=key, **form.cleaned_data)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("access-request", key)
        messages.success(request, "Refused. The reason is sent by email.")
        return redirect("access-requests")
    to = found.asked_by.email if found.asked_by else found.email
    mails = mails_to(email=to) if found.answered_at else []
    return form_page(request, "regions/request.html", form, asked=found, mails=mails)


@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The page that the mail links to. Only its button does anything: scanners of mail open links."""
    found = invitations.find_invitation(token=token)
    if found is None or not found.is_open:
        return render(request, "regions/invitation_ended.html", {"invitation": found}, status=404)
    if request.method == "POST":
        request.session[INVITATION] = found.pk
        return redirect("invitation-password")
    return render(request, "regions/invitation.html", {"invitation": found})


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Sets the password, and goes on to the second step of signing in."""
    key = request.session.get(INVITATION)
    found = invitations.open_invitation(key=key)
    if found is None:
        return render(request, "regions/invitation_ended.html", status=404)
    form = NewPasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        typed = form.cleaned_data["password"]
        try:
            person = invitations.use_invitation(key=found.pk, password=typed)
        except ValidationError as error:
            form.add_error("password", error)
        else:
            if person is None:
                return render(request, "regions/invitation_ended.html", status=404)
            del request.session[INVITATION]
            user = check_password(request=request, email=person.email, password=typed)
            if user is None:
                return redirect("sign-in")
            return redirect(second_step(request, user))
    return form_page(request, "regions/set_password.html", form, invitation=found)
