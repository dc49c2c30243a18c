"""How many guesses at passwords there may be: for an account from an address (axes), and from an address at all."""

from __future__ import annotations

from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest

from ndtms.accounts.visitors import UNKNOWN


class Guesses(AxesDatabaseHandler):
    """As axes, and with a wider limit for one address that guesses at many accounts; what is kept is bounded."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        return bool(super().is_locked(request, credentials)) or _guessed_from(request) >= (
            settings.MOST_GUESSES_FROM_ADDRESS
        )

    def user_login_failed(self, *args: Any, **kwargs: Any) -> None:
        super().user_login_failed(*args, **kwargs)
        _forget_the_earliest()


def leave_out_what_was_sent(instance: AccessAttempt, **kwargs: Any) -> None:
    """Receiver of pre_save: of a guess only what it is counted by is kept, and not all that the visitor sent."""
    instance.get_data = instance.post_data = instance.http_accept = ""


def _forget_the_earliest() -> None:
    """Removes guesses above the number that is kept, those of the longest ago first; nobody is locked out by that."""
    if AccessAttempt.objects.count() > settings.MOST_GUESSES_KEPT:
        earliest = AccessAttempt.objects.order_by("-attempt_time", "-pk")
        above = earliest.values_list("pk", flat=True)[settings.MOST_GUESSES_KEPT :]
        AccessAttempt.objects.filter(pk__in=list(above)).delete()


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
