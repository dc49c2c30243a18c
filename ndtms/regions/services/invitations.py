"""Writes: invitations, by which somebody sets a password."""

from __future__ import annotations

import datetime
from hashlib import sha256
from secrets import token_urlsafe

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from ndtms.accounts.models import User
from ndtms.accounts.sessions import end_sessions
from ndtms.keys.factors import lock
from ndtms.regions import mails
from ndtms.regions.models import Invitation
from ndtms.regions.services.shared import Refused, must_administer, note

LASTS = datetime.timedelta(days=7)


def hashed(token: str) -> str:
    """What is kept of a token, which itself is in the mail only."""
    return sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(*, by: User, person: User) -> Invitation:
    """Sends the person a mail with a link for setting a password, the first or a forgotten one; an earlier link stops.

    A password that is there stays good until another is set, and the second step is asked for as ever.
    Raises Refused for a disabled account.
    """
    must_administer(by=by, person=person)
    person = lock(user=person)
    if not person.is_active:
        raise Refused("This account is disabled. Enable it first.")
    invitation = make_invitation(by=by, person=person)
    note_invitation(by=by, person=person)
    return invitation


def make_invitation(*, by: User, person: User) -> Invitation:
    """As invite, for a caller that has looked whether `by` may, in its transaction; it calls note_invitation after."""
    now = timezone.now()
    end_invitations(person=person)
    token = token_urlsafe(32)
    invitation = Invitation.objects.create(
        user=person, made_by=by, token_hash=hashed(token), made_at=now, ends_at=now + LASTS
    )
    mails.send(
        "invitation",
        to=person.email,
        person=person,
        invitation=invitation,
        address=mails.absolute(reverse("invitation", args=[token])),
    )
    return invitation


def note_invitation(*, by: User, person: User) -> None:
    """Into the audit, which comes last in a transaction."""
    verb = "sent link for new password" if person.has_usable_password() else "invited"
    note(by=by, verb=verb, about=person.pk)


def end_invitations(*, person: User) -> None:
    """Nobody sets the person's password by a link that was sent before."""
    now = timezone.now()
    Invitation.objects.filter(user=person, used_at=None, ends_at__gt=now).update(ends_at=now)


def find_invitation(*, token: str) -> Invitation | None:
    """The invitation whose link this is, be it still open or not."""
    return (
        Invitation.objects.filter(token_hash=hashed(token))
        .select_related("user", "made_by")
        .first()
    )


@transaction.atomic
def use_invitation(*, key: int, password: str) -> User | None:
    """Sets the person's password, once; None for an invitation that has been used or has ended.

    Raises ValidationError for a bad or common password.
    """
    person = lock(user=Invitation.objects.select_related("user").get(pk=key).user)
    invitation = Invitation.objects.get(pk=key)
    if not invitation.is_open:
        return None
    validate_password(password, person)
    person.set_password(password)
    person.save(update_fields=["password"])
    invitation.used_at = timezone.now()
    invitation.save(update_fields=["used_at"])
    end_invitations(person=person)
    end_sessions(user=person)
    note(by=person, verb="set password by invitation", about=person.pk)
    mails.send("password_set", to=person.email, person=person)
    return person


def open_invitation(*, key: object) -> Invitation | None:
    """The invitation if a password can still be set by it."""
    if not isinstance(key, int):
        return None
    invitation = Invitation.objects.select_related("user", "made_by").filter(pk=key).first()
    return invitation if invitation and invitation.is_open else None
