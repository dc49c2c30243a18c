"""What the views share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict

from det.checking import bring_up_to_date
from det.kept import is_kept, take, was_signed_out
from det.models import Record
from det.selectors import NotFound, User, record_for


class AgencyRequest(HttpRequest):
    """A request by somebody who works for an agency."""

    user: User  # type: ignore[assignment]


def of_agency(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page about an agency's records: what the user may not see is not found; the findings are of today."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        agency = getattr(request.user, "agency", None)
        if agency is None:
            raise Http404
        bring_up_to_date(agency)
        try:
            return view(request, *args, **kwargs)
        except NotFound:
            raise Http404 from None

    return wrapped


def find(request: AgencyRequest, section: str, key: UUID) -> Record:
    """The record; one that was deleted while somebody typed is there for what they send, or sent too late."""
    is_sent = request.method == "POST" or is_kept(request)
    return record_for(request.user, section, key, deleted=is_sent)


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent to this page: now, or just before, and could not be saved then; None when nothing was."""
    if request.method == "POST":
        return request.POST
    kept = take(request)
    if kept is not None and was_signed_out(kept):
        messages.info(
            request, "You were signed out while you typed. Your answers are below: save them again."
        )
    return kept
