"""What is done once a day: each piece of work is a function that returns, in a few words, how much it did."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils import timezone

from det.services import remove_for_good
from det.tickets import forget_spent
from ndtms.accounts.models import SignIn
from ndtms.audit.services import tell_counted
from ndtms.mail.services import forget_old, send_waiting
from ndtms.regions.services.access import forget_requests, forget_visitors
from ndtms.regions.services.dormancy import disable_dormant, warn_dormant

ATTEMPTS_KEPT = datetime.timedelta(days=1)
"""Wrong guesses count for a quarter of an hour; their addresses are kept no longer than needed."""


def close_dormant() -> str:
    disabled, warned = disable_dormant(), warn_dormant()
    return f"{warned} people warned, {disabled} accounts disabled"


def forget_sessions() -> str:
    """Sessions that have ended, and the lines that tell people of them."""
    ended, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    told, _ = SignIn.objects.filter(~Exists(alive)).delete()
    return f"{ended} ended sessions and {told} lines about sessions removed"


def forget_guesses() -> str:
    old = AccessAttempt.objects.filter(attempt_time__lt=timezone.now() - ATTEMPTS_KEPT)
    removed, _ = old.delete()
    return f"{removed} old wrong guesses removed"


def forget_addresses() -> str:
    return f"{forget_visitors()} addresses of visitors who asked for access blanked"


def forget_asked() -> str:
    return f"{forget_requests()} old requests for access removed"


def note_counted() -> str:
    return f"{tell_counted()} numbers of refusals noted that were only counted"


def forget_mails() -> str:
    return f"{forget_old()} old mails removed"


def remove_deleted() -> str:
    return f"{remove_for_good()} deleted records removed that cannot be restored any more"


def forget_forms() -> str:
    return f"{forget_spent()} numbers of forms forgotten that are too old to be sent again"


def send_mails() -> str:
    sent, failed = send_waiting()
    return f"{sent} mails sent, {failed} could not be sent this time"


DAILY: list[Callable[[], str]] = [
    close_dormant,
    forget_sessions,
    forget_guesses,
    forget_addresses,
    forget_asked,
    note_counted,
    forget_mails,
    remove_deleted,
    forget_forms,
    send_mails,
]
"""In this order; another app's work is another line."""
