"""The yearly declarations and training of the teams."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from det.dates import in_full
from det.views.once import once
from det.views.shared import posted
from ndtms.regions import duties
from ndtms.regions.forms import DeclarationForm, add_errors
from ndtms.regions.services import declarations as services
from ndtms.regions.views.shared import (
    PersonRequest,
    chosen_region,
    for_teams,
    form_page,
    of_region,
    pages,
)


@require_safe
@for_teams
def declarations(request: PersonRequest) -> HttpResponse:
    """The team, and until when everybody's declarations hold."""
    team = duties.team_of(user=request.user, region=chosen_region(request))
    context = {**of_region(request), **pages(request, team)}
    listed = list(context["page"])
    of_each = duties.duties_of_all(people=listed)
    own = duties.is_only_national(request.user)
    context["rows"] = [
        (person, of_each[person.pk], own or person.pk != request.user.pk) for person in listed
    ]
    return render(request, "regions/declarations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_teams
@once
def declaration(request: PersonRequest, key: int) -> HttpResponse:
    """Records that a colleague has signed the declaration, or done the training."""
    person = duties.team_of(user=request.user).filter(pk=key).first()
    if person is None or not duties.may_record(user=request.user, person=person):
        raise Http404
    form = DeclarationForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            recorded = services.record_declaration(
                by=request.user, person=person, **form.cleaned_data
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            told = f"{recorded.get_kind_display()} of {in_full(recorded.done_on)}"
            messages.success(request, f"Recorded for {person.name}: {told}.")
            return redirect("declarations")
    context = {"person": person, "duties": duties.duties_of(person=person)}
    return form_page(request, "regions/declaration.html", form, **context)
