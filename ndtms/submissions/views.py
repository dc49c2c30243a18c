"""Transfer data: what goes in a period, what stands in the way, and the file."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from det.transfer import prepare_transfer
from det.views.shared import AgencyRequest, of_agency
from ndtms.submissions import presenters, services
from ndtms.submissions.forms import PeriodForm

NO_FILE = "Nothing was transferred"


@require_safe
@of_agency
def transfer(request: AgencyRequest) -> HttpResponse:
    """What a transfer of the chosen period holds; nothing is changed."""
    form = PeriodForm(request.GET)
    prepared = prepare_transfer(request.user.agency, form.chosen)
    return render(request, "submissions/transfer.html", presenters.transfer_page(prepared, form))


@require_POST
@of_agency
def transfer_file(request: AgencyRequest) -> HttpResponse:
    """The file of the period that is named, if nothing stands in the way; otherwise the page that says what does."""
    form = PeriodForm(request.POST)
    prepared = prepare_transfer(request.user.agency, form.chosen)
    if not form.is_valid() or not prepared.may_be_transferred:
        context = {**presenters.transfer_page(prepared, form), "summary_heading": NO_FILE}
        return render(request, "submissions/transfer.html", context, status=409)
    services.note_transfer(user=request.user, transfer=prepared)
    response = HttpResponse(prepared.content, content_type="text/csv; charset=us-ascii")
    response["Content-Disposition"] = f'attachment; filename="{prepared.file_name}"'
    return response
