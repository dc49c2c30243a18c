"""Writes: the yearly declarations and training of the teams."""

from __future__ import annotations

import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from det.checking import today
from ndtms.accounts.models import User
from ndtms.regions import duties
from ndtms.regions.models import Declaration
from ndtms.regions.services.shared import Refused, note
from ndtms.web.days import years_after


@transaction.atomic
def record_declaration(*, by: User, person: User, kind: str, done_on: datetime.date) -> Declaration:
    """Notes that the person has signed or learned it on the day; by somebody else of the team.

    The only person of the national team records their own. Raises Refused for a day in the future, or over a year ago.
    """
    if not duties.may_record(user=by, person=person):
        raise PermissionDenied
    if done_on > today():
        raise Refused({"done_on": "The date must not be in the future"})
    if years_after(done_on, 1) <= today():
        raise Refused({"done_on": "That is more than a year ago. It has to be done again first"})
    declaration = Declaration(user=person, kind=kind, done_on=done_on, recorded_by=by)
    declaration.full_clean()
    declaration.save()
    verb = "recorded own declaration" if by.pk == person.pk else "recorded declaration"
    note(by=by, verb=verb, about=person.pk, kind=kind, day=f"{done_on:%Y-%m-%d}")
    return declaration


def renew_made_up(*, person: User) -> None:
    """Valid declarations for a made-up account, today, unless they are there."""
    for duty in duties.duties_of(person=person):
        if duty.lapses_on is None or duty.is_lapsed:
            Declaration.objects.create(
                user=person, kind=duty.kind, done_on=today(), recorded_by=person
            )
