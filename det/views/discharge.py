"""The step after a discharge: ending the interventions that are still open."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from det import selectors, services
from det.deleted import uppermost_deleted
from det.forms.ending import EndingForm, answers, asked_of
from det.forms.items import RESTORE
from det.models import Record
from det.presenters.ending import ending_page
from det.presenters.saved import ended
from det.presenters.words import anchor
from det.tickets import FIELD, drawn_for, ticket_for
from det.views.once import to_restore
from det.views.shared import AgencyRequest, find, of_agency, posted


@require_http_methods(["GET", "POST"])
@of_agency
def end_interventions(request: AgencyRequest, key: UUID) -> HttpResponse:
    """Asks for an end date and an exit status of each intervention that the discharge left open, and saves them."""
    episode = find(request, "episode", key)
    form = _form(request, episode, posted(request))
    if not form.is_bound and not form.interventions:
        return redirect(f"{reverse('client', args=[episode.client.pk])}{anchor(episode)}")
    if request.method != "POST":
        services.tell_viewed(user=request.user, client=episode.client)
    elif form.is_valid():
        try:
            saves = services.end_interventions(
                user=request.user, endings=form.endings, restoring=RESTORE in request.POST
            )
        except services.Gone as gone:
            return _page(request, episode, form, gone=gone.records)
        except services.Conflicts as found:
            return _page(request, episode, form, conflicts=found.conflicts)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            tell = messages.success if form.ended else messages.info
            tell(request, ended(form, saves))
            uppermost = uppermost_deleted(episode)
            if uppermost.deleted_at and not saves:
                return to_restore(request, uppermost)
            # To the top, where that is told.
            return redirect("client", episode.client.pk)
    return _page(request, episode, form)


def _form(request: AgencyRequest, episode: Record, data: QueryDict | None) -> EndingForm:
    """The page as it opens, or as it was sent: that asks of what it asked of when it opened, whatever became of it."""
    if data is None:
        return EndingForm(episode=episode, interventions=selectors.left_open(episode))
    ticket = ticket_for(request, sent=data.get(FIELD, ""))
    opened = ticket.opened if ticket else {}
    interventions = selectors.interventions_of(episode, asked_of([*(opened or ()), *data]))
    return EndingForm(episode=episode, interventions=interventions, data=data, opened=opened)


def _page(
    request: AgencyRequest,
    episode: Record,
    form: EndingForm,
    conflicts: Iterable[services.Conflict] = (),
    gone: Iterable[Record] = (),
) -> HttpResponse:
    conflicts = list(conflicts)
    context = ending_page(episode, form, request.user, conflicts, list(gone))
    now = answers(conflict.record for conflict in conflicts)
    context["drawn"] = drawn_for(request, form, form.opened, now)
    status = 422 if request.method == "POST" else 200
    return render(request, "det/end_interventions.html", context, status=status)
