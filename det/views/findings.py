"""What the rules found: the list of what to fix, and the explanation of a warning."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from det import selectors, services
from det.forms.explanation import ExplanationForm
from det.presenters import findings as presenters
from det.views.shared import AgencyRequest, of_agency


@require_safe
@of_agency
def fix_list(request: AgencyRequest) -> HttpResponse:
    """The findings of the caseload, grouped by cause, those that concern most episodes first."""
    causes = selectors.causes(request.user)
    chosen = request.GET.get("rule", "")
    context = presenters.fix_list(
        causes,
        selectors.findings_of_rule(request.user, chosen),
        chosen,
        request.GET.get("page", "1"),
    )
    context["quality"] = selectors.quality_of(request.user.agency)
    return render(request, "det/fix_list.html", context)


@require_http_methods(["GET", "POST"])
@of_agency
def explain(request: AgencyRequest, number: int) -> HttpResponse:
    """Explains a warning, or takes the explanation back."""
    finding = selectors.warning_for(request.user, number)
    if request.method != "POST":
        services.tell_viewed(user=request.user, client=finding.client)
    form = ExplanationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and "withdraw" in request.POST:
        services.withdraw_explanation(user=request.user, finding=finding)
        messages.success(request, "The explanation is withdrawn. The warning counts again.")
        return redirect("client", finding.client_id)
    if form.is_bound and form.is_valid():
        services.explain(user=request.user, finding=finding, text=form.cleaned_data["text"])
        messages.success(
            request, "Explained. It holds until an answer that the warning rests on changes."
        )
        return redirect("client", finding.client_id)
    return render(
        request,
        "det/explain.html",
        presenters.explain_page(finding, form, selectors.explanation_of(finding)),
        status=422 if form.is_bound else 200,
    )
