"""How many guesses at passwords there may be: for an account from an address (axes), and from an address at all."""

from __future__ import annotations

from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.core.cache import cache
from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone

from ndtms.accounts.visitors import UNKNOWN

A_DAY = 24 * 3600


class Guesses(AxesDatabaseHandler):
    """As axes, and with a wider limit for one address that guesses at many accounts."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        return bool(super().is_locked(request, credentials)) or _guessed_from(request) >= (
            settings.MOST_GUESSES_FROM_ADDRESS
        )


def _guessed_from(request: Any) -> int:
    """How often passwords were guessed from the visitor's address lately, at whichever accounts."""
    if request.axes_ip_address == UNKNOWN:
        # It stands for everybody whose address cannot be read.
        return 0
    recent = AccessAttempt.objects.filter(
        ip_address=request.axes_ip_address, attempt_time__gte=get_cool_off_threshold(request)
    )
    return recent.aggregate(number=Sum("failures_since_start"))["number"] or 0


def was_counted(request: HttpRequest) -> bool:
    """Was the password that was refused just now looked at? Not while that account, or the address, is locked."""
    return getattr(request, "axes_failures_since_start", 0) is not None


def may_note_nobody() -> bool:
    """May one more wrong guess at no account be noted in the audit, from which nothing is ever removed?

    A number a day in each process of the server, so that strangers cannot fill the database.
    """
    key = f"guesses-at-nobody-{timezone.localdate()}"
    cache.add(key, 0, A_DAY)
    return cache.incr(key) <= settings.MOST_NOTED_OF_NOBODY
