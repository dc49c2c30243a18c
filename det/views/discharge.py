"""The step after a discharge: ending the interventions that are still open."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from det import selectors, services
from det.forms.ending import EndingForm
from det.presenters.words import anchor, count, person
from det.views.shared import AgencyRequest, of_agency, posted


@require_http_methods(["GET", "POST"])
@of_agency
def end_interventions(request: AgencyRequest, key: UUID) -> HttpResponse:
    """Asks for an end date and an exit status of each intervention that the discharge left open, and saves them."""
    episode = selectors.record_for(request.user, "episode", key)
    back = f"{reverse('client', args=[episode.client.pk])}{anchor(episode)}"
    left_open = selectors.left_open(episode)
    if not left_open:
        return redirect(back)
    form = EndingForm(episode=episode, interventions=left_open, data=posted(request))
    if form.is_valid() and request.method == "POST":
        try:
            services.end_interventions(user=request.user, endings=form.endings)
        except services.Conflict:
            form.add_error(
                None,
                "Somebody else has ended one of these interventions meanwhile. Open this page again.",
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"{count(len(form.endings), 'intervention')} ended.")
            return redirect(back)
    if request.method != "POST":
        services.tell_viewed(user=request.user, client=episode.client)
    context = {
        "form": form,
        "summary": form.summary,
        "has_errors": bool(form.errors),
        "person": person(episode.client),
        "back": back,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "det/end_interventions.html", context, status=status)
