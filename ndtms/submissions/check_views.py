"""Check a file: what the rules find in an extract from any system. Nothing of it is kept."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from det import crispy
from det.checking import today
from ndtms.accounts.models import User
from ndtms.submissions import presenters, services
from ndtms.submissions.forms import CheckFileForm
from validation.apart import NotChecked, check_apart


@require_http_methods(["GET", "HEAD", "POST"])
def check_file(request: HttpRequest) -> HttpResponse:
    """Asks for a file, judges it, and shows what was found or gives it as a file."""
    user = cast(User, request.user)
    if request.method != "POST":
        dataset = user.agency.dataset if user.agency else None
        return _page(request, CheckFileForm(initial={"dataset": dataset}))
    form = CheckFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    file = form.cleaned_data["file"]
    try:
        checked = check_apart(
            file.read(),
            folder=settings.DATASET_FOLDER,
            dataset=form.cleaned_data["dataset"],
            agency=form.cleaned_data["agency"] or None,
            today=today(),
            most_memory=settings.CHECK_MOST_MEMORY,
            most_seconds=settings.CHECK_MOST_SECONDS,
        )
    except NotChecked as refusal:
        form.add_error("file", str(refusal))
        return _page(request, form, status=422)
    services.note_check(user=user, report=checked["report"])
    if request.POST.get("as") == "csv":
        response = HttpResponse(
            presenters.findings_file(checked), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = 'attachment; filename="findings.csv"'
        return response
    return _page(request, form, name=file.name, **presenters.checked_file(checked))


def _page(
    request: HttpRequest, form: CheckFileForm, status: int = 200, **about: Any
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "summary": crispy.summary(form), **about}
    return render(request, "submissions/check_file.html", context, status=status)
