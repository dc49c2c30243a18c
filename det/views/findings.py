"""What the rules found: the list of what to fix, and the explanation of a warning."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from det import checking, fixing, selectors, services
from det.forms.explanation import ExplanationForm
from det.models import Finding
from det.presenters import findings as presenters
from det.views.shared import AgencyRequest, of_agency, posted

PAGE_SIZE = 50


@require_safe
@of_agency
def fix_list(request: AgencyRequest) -> HttpResponse:
    """What there is to do in the caseload, what concerns most clients first; and where, for the thing chosen."""
    chosen = fixing.chosen(request.GET)
    found = selectors.findings_of_cause(
        request.user, request.GET.get("rule", ""), request.GET.get("item", "")
    )
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = presenters.fix_list(
        selectors.causes(request.user), chosen, page, selectors.records_with(page)
    )
    context["quality"] = selectors.quality_of(request.user.agency)
    return render(request, "det/fix_list.html", context)


@require_http_methods(["GET", "POST"])
@of_agency
def explain(request: AgencyRequest, record: UUID, rule: str, field: str) -> HttpResponse:
    """Explains a warning, or takes the explanation back."""
    try:
        finding = selectors.warning_for(request.user, record, rule, field)
    except selectors.NotFound:
        return _gone(request, record, field)
    if request.method != "POST":
        services.tell_viewed(user=request.user, client=finding.client)
        typed = posted(request)
        initial = {"text": typed.get("text", "")} if typed is not None else None
        return _explain_page(request, finding, ExplanationForm(initial=initial))
    if request.POST.get("seen", presenters.seen(finding)) != presenters.seen(finding):
        return _changed(request, finding)
    if "withdraw" in request.POST:
        services.withdraw_explanation(user=request.user, finding=finding)
        messages.success(request, "The explanation is withdrawn. The warning counts again.")
        return _back(request, finding)
    form = ExplanationForm(request.POST)
    if not form.is_valid():
        return _explain_page(request, finding, form)
    try:
        services.explain(user=request.user, finding=finding, text=form.cleaned_data["text"])
    except selectors.NotFound:
        return _gone(request, record, field)
    messages.success(
        request, "Explained. It holds until an answer that the warning rests on changes."
    )
    return _back(request, finding)


def _explain_page(
    request: AgencyRequest, finding: Finding, form: ExplanationForm, *, status: int | None = None
) -> HttpResponse:
    record = selectors.record_for(request.user, finding.section, finding.record)
    context = presenters.explain_page(
        finding,
        record,
        checking.rests_on(finding),
        selectors.same_warnings(finding),
        form,
        selectors.explanation_of(finding),
        fixing.errand(request.GET),
    )
    return render(
        request,
        "det/explain.html",
        context,
        status=status or (422 if form.is_bound else 200),
    )


def _changed(request: AgencyRequest, finding: Finding) -> HttpResponse:
    """Somebody changed an answer while the explanation was typed: it was typed about another one."""
    messages.error(
        request,
        "An answer that the warning rests on has changed since you opened this page. Nothing was saved. "
        "Look at the answers again.",
    )
    form = ExplanationForm(initial={"text": request.POST.get("text", "")})
    return _explain_page(request, finding, form, status=409)


def _gone(request: AgencyRequest, key: UUID, field: str) -> HttpResponse:
    """The warning is not there: an answer was changed meanwhile, or the record deleted. What was typed is shown."""
    record = selectors.record_anywhere(request.user, key)
    sent = posted(request)
    typed = "" if sent is None else sent.get("text", "")
    context = presenters.gone_page(record, field, typed, fixing.errand(request.GET))
    status = 409 if request.method == "POST" else 404
    return render(request, "det/explain_gone.html", context, status=status)


def _back(request: AgencyRequest, finding: Finding) -> HttpResponse:
    """To the place in the fix list from which somebody came, or to the client."""
    errand = fixing.errand(request.GET)
    return redirect(errand.list_address) if errand else redirect("client", finding.client_id)
