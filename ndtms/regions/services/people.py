"""Writes: accounts of other people."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from det.models import Agency
from ndtms.accounts import services as accounts
from ndtms.accounts.models import AGENCY_ROLES, Role, User
from ndtms.accounts.sessions import end_sessions
from ndtms.keys.factors import end_backup_codes, lock
from ndtms.keys.models import NEEDS_TWO
from ndtms.regions import mails, selectors
from ndtms.regions.models import Leaving, Standing
from ndtms.regions.services.invitations import (
    end_invitations,
    make_invitation,
    note_invitation,
)
from ndtms.regions.services.shared import Refused, must_administer, note


@transaction.atomic
def add_staff(*, by: User, email: str, name: str, role: str, region: str) -> User:
    """An account for somebody who works for no agency, and the invitation to it; by the national team only.

    Raises ValidationError as ndtms.accounts.services.create_account.
    """
    if by.role != Role.NATIONAL or role in AGENCY_ROLES:
        raise PermissionDenied
    person = accounts.create_account(
        email=email, name=name, password=None, role=role, region=region
    )
    make_invitation(by=by, person=person)
    note(by=by, verb="made account", about=person.pk, role=role)
    note_invitation(by=by, person=person)
    return person


@transaction.atomic
def add_to_agency(*, by: User, person: User, agency: Agency) -> None:
    """The person works for another agency of the same provider as well. Raises ValidationError for others."""
    _must_administer_both(by, person, agency)
    person = lock(user=person)
    if not person.is_active:
        raise Refused("This account is disabled. Enable it first.")
    accounts.add_to_agency(user=person, agency=agency)
    note(by=by, verb="added to agency", agency=agency.code, about=person.pk)
    mails.send("added_to_agency", to=person.email, person=person, agency=agency)


@transaction.atomic
def remove_from_agency(*, by: User, person: User, agency: Agency) -> None:
    """The person does not work for the agency any more, but for others. Raises Refused for the only one."""
    _must_administer_both(by, person, agency)
    person = lock(user=person)
    if not person.agencies.exclude(pk=agency.pk).exists():
        raise Refused(
            "This is the only agency of this person. If the person has left, use “This person has left”."
        )
    removed, _ = person.memberships.filter(agency=agency).delete()
    if removed:
        note(by=by, verb="removed from agency", agency=agency.code, about=person.pk)


@transaction.atomic
def change_role(*, by: User, person: User, role: str) -> None:
    """Makes somebody in data entry a provider lead, or the other way round, and tells the person.

    Neither is a way round the second member of the team who has to agree before a lead signs in in a new way.
    """
    must_administer(by=by, person=person)
    person.role = lock(user=person).role
    if person.role not in AGENCY_ROLES or role not in AGENCY_ROLES:
        raise PermissionDenied
    if person.role == role:
        return
    if role in NEEDS_TWO:
        end_backup_codes(user=person)
    elif person.role in NEEDS_TWO:
        person.role_lowered_at = timezone.now()
    person.role = role
    person.save(update_fields=["role", "role_lowered_at"])
    note(by=by, verb="changed role", about=person.pk, role=role)
    mails.send("role_changed", to=person.email, person=person)


@transaction.atomic
def disable(*, by: User, person: User) -> None:
    """Nobody can sign in to the account any more; sessions end."""
    must_administer(by=by, person=person)
    close_account(by=by, person=lock(user=person), why="")


def close_account(*, by: User | None, person: User, why: str) -> None:
    """As disable, for a caller that has looked whether `by` may, and has locked the person; `why`: "" or "dormant"."""
    if not person.is_active:
        return
    person.is_active = False
    person.save(update_fields=["is_active"])
    end_invitations(person=person)
    end_sessions(user=person)
    note(by=by, verb="disabled account", about=person.pk, **({"why": why} if why else {}))
    mails.send("disabled", to=person.email, person=person, dormant=why == "dormant")


@transaction.atomic
def enable(*, by: User, person: User) -> list[Agency]:
    """The person can sign in again, and has 90 days to do so; a leaver is back and is invited again.

    Returns the former agencies of a leaver that were left out, because they have another provider than the others.
    """
    must_administer(by=by, person=person)
    person = lock(user=person)
    was_disabled = not person.is_active or selectors.is_disabled_by_time(email=person.email)
    person.is_active = True
    person.save(update_fields=["is_active"])
    Standing.objects.update_or_create(
        user=person, defaults={"counted_from": timezone.now(), "warned_at": None}
    )
    if was_disabled:
        mails.send("enabled", to=person.email, person=person)
    leaving = selectors.leaving_of(person=person)
    back, left_out = _bring_back(by, leaving) if leaving else ([], [])
    is_invited = not person.has_usable_password()
    if is_invited:
        make_invitation(by=by, person=person)
    note(by=by, verb="enabled account", about=person.pk)
    for agency in back:
        note(by=by, verb="added to agency", agency=agency.code, about=person.pk)
    if is_invited:
        note_invitation(by=by, person=person)
    return left_out


def _bring_back(by: User, leaving: Leaving) -> tuple[list[Agency], list[Agency]]:
    """The person works again for those of the former agencies that `by` administers, if they are of one provider.

    Returns them, and those that were left out because they are of another.
    """
    former = selectors.agencies_for(user=by).filter(pk__in=leaving.agencies.values("pk"))
    of_one, left_out = _of_one_provider(list(former.order_by("code")))
    for agency in of_one:
        accounts.add_to_agency(user=leaving.user, agency=agency)
    leaving.undone_at = timezone.now()
    leaving.save(update_fields=["undone_at"])
    return of_one, left_out


def _of_one_provider(agencies: list[Agency]) -> tuple[list[Agency], list[Agency]]:
    """The agencies of the provider with most of them, or else the first; and the others."""
    groups: dict[tuple[str, str], list[Agency]] = {}
    for agency in agencies:
        # One without a provider goes with no other.
        together = (agency.provider, "" if agency.provider else agency.code)
        groups.setdefault(together, []).append(agency)
    of_one = max(groups.values(), key=len, default=[])
    return of_one, [agency for agency in agencies if agency not in of_one]


def _must_administer_both(by: User, person: User, agency: Agency) -> None:
    must_administer(by=by, person=person)
    if not selectors.agencies_for(user=by).filter(pk=agency.pk).exists():
        raise PermissionDenied
