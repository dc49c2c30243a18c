"""Where a person is signed in: own sessions listed and ended, all ended when an account needs it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from ndtms.accounts.models import SignIn, User
from ndtms.accounts.visitors import client_address
from ndtms.audit.services import record

NOTED = "sign_in_noted"
"""Session key: the key under which the session is in the list; it changes now and then."""
LONGEST_NAME = 200


@dataclass(frozen=True)
class OpenSession:
    """One session of a person, as the page shows it."""

    key: int
    began_at: datetime.datetime
    last_used_at: datetime.datetime
    address: str
    browser: str
    is_this: bool


def note(*, request: HttpRequest, user: User) -> None:
    """Puts the session into the list, once; the person has just signed in with it by both factors."""
    key = request.session.session_key or ""
    if request.session.get(NOTED) == key:
        return
    with transaction.atomic():
        _forget_ended(user)
        # A browser asks for several pages at once.
        SignIn.objects.get_or_create(
            session_key=key,
            defaults={
                "user": user,
                "address": client_address(request),
                "browser": request.headers.get("User-Agent", "")[:LONGEST_NAME],
            },
        )
    request.session[NOTED] = key


def open_sessions(*, request: HttpRequest, user: User) -> list[OpenSession]:
    """The person's sessions that have not ended, the one used last first."""
    noted = {sign_in.session_key: sign_in for sign_in in user.sign_ins.all()}
    idle = datetime.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    sessions = Session.objects.filter(session_key__in=noted, expire_date__gt=timezone.now())
    found = [
        OpenSession(
            key=noted[session.session_key].pk,
            began_at=noted[session.session_key].at,
            # Every page moves the end of the session.
            last_used_at=session.expire_date - idle,
            address=noted[session.session_key].address,
            browser=noted[session.session_key].browser,
            is_this=session.session_key == request.session.session_key,
        )
        for session in sessions
    ]
    return sorted(found, key=lambda session: session.last_used_at, reverse=True)


@transaction.atomic
def end_session(*, user: User, key: int) -> bool:
    """Ends one of the person's sessions; False when it is not one of theirs, or has ended."""
    sign_in = user.sign_ins.filter(pk=key).first()
    if sign_in is None:
        return False
    ended, _ = Session.objects.filter(session_key=sign_in.session_key).delete()
    sign_in.delete()
    if ended:
        record(who=user.email, verb="ended a session", section="account")
    return bool(ended)


@transaction.atomic
def end_sessions(*, user: User, keep: str | None = None) -> int:
    """Ends all sessions of the person but the one with the session key `keep`. How many there were."""
    sign_ins = user.sign_ins.exclude(session_key=keep or "")
    keys = list(sign_ins.values_list("session_key", flat=True))
    ended, _ = Session.objects.filter(session_key__in=keys).delete()
    sign_ins.delete()
    return ended


def _forget_ended(user: User) -> None:
    alive = Session.objects.filter(
        session_key__in=user.sign_ins.values("session_key"), expire_date__gt=timezone.now()
    )
    user.sign_ins.exclude(
        session_key__in=list(alive.values_list("session_key", flat=True))
    ).delete()
