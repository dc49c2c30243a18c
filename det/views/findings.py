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
from det.kept import kept_if
from det.models import Finding
from det.presenters import findings as presenters
from det.tickets import drawn_for, ticket_of
from det.views.shared import AgencyRequest, of_agency, posted

PAGE_SIZE = 50
WITHDRAW = "withdraw"
"""Posted by the button that takes an explanation back."""
EXPLAINED = "Explained. It holds until an answer that the warning rests on changes."
WITHDRAWN = "The explanation is withdrawn. The warning counts again."
ANSWERS_CHANGED = (
    "An answer that the warning rests on has changed since you opened this page. Nothing was saved. "
    "Look at the answers again."
)
NOT_SAVED = "Yours is not saved. Save it again if it should stand instead."
NOT_WITHDRAWN = "Nothing was withdrawn. Withdraw it if it should not stand."


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


@kept_if(lambda form: WITHDRAW not in form)
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
        return _explain_page(request, finding, ExplanationForm(posted(request)))
    withdraws = WITHDRAW in request.POST
    form = ExplanationForm(None if withdraws else request.POST)
    if form.is_bound and not form.is_valid():
        return _explain_page(request, finding, form, status=422)
    ticket = ticket_of(request)
    opened = ticket.opened if ticket else {}
    try:
        if withdraws:
            services.withdraw_explanation(user=request.user, finding=finding, opened=opened)
        else:
            text = form.cleaned_data["text"]
            services.explain(user=request.user, finding=finding, text=text, opened=opened)
    except selectors.NotFound:
        return _gone(request, record, field)
    except services.AnswersChanged:
        return _changed(request, finding, form, ANSWERS_CHANGED)
    except services.ExplainedMeanwhile as found:
        said = presenters.explained_meanwhile(found.explanation, request.user)
        return _changed(
            request, finding, form, f"{said} {NOT_WITHDRAWN if withdraws else NOT_SAVED}"
        )
    messages.success(request, WITHDRAWN if withdraws else EXPLAINED)
    return _back(request, finding)


def _explain_page(
    request: AgencyRequest,
    finding: Finding,
    form: ExplanationForm,
    *,
    is_changed: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page, with what was typed. `is_changed`: it shows something else than it did when it was opened."""
    record = selectors.record_for(request.user, finding.section, finding.record)
    together = selectors.same_warnings(finding)
    explanations = selectors.explanations_of(together)
    context = presenters.explain_page(
        finding,
        record,
        checking.rests_on(finding),
        together,
        form,
        explanations,
        fixing.errand(request.GET),
    )
    shown = services.opened_with(finding, explanations)
    context["drawn"] = drawn_for(request, form, shown, shown if is_changed else None)
    return render(request, "det/explain.html", context, status=status)


def _changed(
    request: AgencyRequest, finding: Finding, form: ExplanationForm, said: str
) -> HttpResponse:
    """The page as it is now: what was pressed was about what it showed before."""
    messages.error(request, said)
    return _explain_page(request, finding, form, is_changed=True, status=409)


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
