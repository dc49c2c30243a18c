"""Writes: somebody has left."""

from __future__ import annotations

from django.db import transaction

from ndtms.accounts.models import User
from ndtms.accounts.sessions import end_sessions
from ndtms.keys.factors import lock
from ndtms.keys.services import note_recalled, recall_keys
from ndtms.regions import selectors
from ndtms.regions.models import AccessRequest, Leaving
from ndtms.regions.services.invitations import end_invitations
from ndtms.regions.services.people import close_account
from ndtms.regions.services.shared import note


@transaction.atomic
def take_out(*, by: User, person: User) -> Leaving:
    """Does at once all that has to be done when somebody leaves; undone by enabling the account.

    Raises selectors.NotFound for somebody whom `by` may not take out.
    """
    selectors.leaver_for(user=by, key=person.pk)
    person = lock(user=person)
    standing = selectors.leaving_of(person=person)
    if standing:
        return standing
    leaving = Leaving.objects.create(user=person, by=by)
    leaving.requests = AccessRequest.objects.filter(
        asked_by=person, state=AccessRequest.State.WAITING
    ).update(asked_by=by)
    leaving.agencies.set(person.agencies.all())
    person.memberships.all().delete()
    end_sessions(user=person)
    # The old password is of no use when the person comes back.
    person.set_unusable_password()
    person.save(update_fields=["password"])
    end_invitations(person=person)
    keys = recall_keys(user=person)
    leaving.keys = [key.serial for key in keys]
    leaving.save()
    close_account(by=by, person=person, why="")
    note_recalled(keys, user=person, by=by)
    for agency in leaving.agencies.all():
        note(by=by, verb="removed from agency", agency=agency.code, about=person.pk)
    note(by=by, verb="took out leaver", about=person.pk, requests=leaving.requests)
    return leaving
