"""Reads: each takes who asks, and gives only what that person administers."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from det.models import Agency
from ndtms.accounts.models import AGENCY_ROLES, Membership, Role, User
from ndtms.keys.selectors import people_without_second_key
from ndtms.mail.selectors import undelivered
from ndtms.regions.models import AccessRequest, Invitation, Leaving

WITHOUT_PASSWORD = Q(("password__startswith", UNUSABLE_PASSWORD_PREFIX))
"""They have been invited and have not set a password yet, or have left."""
DORMANT_AFTER = datetime.timedelta(days=60)
DISABLED_AFTER = datetime.timedelta(days=90)


class NotFound(Exception):
    """There is no such thing among what the person may see."""


# Agencies


def agencies_for(*, user: User, region: str = "") -> QuerySet[Agency]:
    """The agencies that the person administers; the national team may look at one region."""
    if user.role == Role.REGIONAL:
        return Agency.objects.filter(region=user.region)
    if user.role == Role.NATIONAL:
        return Agency.objects.filter(region=region) if region else Agency.objects.all()
    return Agency.objects.none()


def agency_for(*, user: User, key: int) -> Agency:
    agency = agencies_for(user=user).filter(pk=key).first()
    if agency is None:
        raise NotFound
    return agency


def answers_of(agency: Agency) -> dict[str, str]:
    """What of an agency can be changed; code and dataset stay, because its records hold them."""
    return {field: getattr(agency, field) for field in ("name", "provider", "local_authority")}


def closing_of(agency: Agency) -> dict[str, str]:
    """When the agency closes, as a form opens it."""
    return {"closed_on": f"{agency.closed_on or ''}"}


def search_agencies(*, user: User, region: str, text: str, show: str) -> QuerySet[Agency]:
    """Agencies by part of code, name or provider; `show` is open, closed, or a dataset. With people and leads."""
    found = agencies_for(user=user, region=region)
    for word in text.split():
        found = found.filter(
            Q(code__istartswith=word) | Q(name__icontains=word) | Q(provider__icontains=word)
        )
    if show in ("open", "closed"):
        closed = Q(closed_on__lte=timezone.localdate())
        found = found.filter(closed if show == "closed" else ~closed | Q(closed_on=None))
    elif show:
        found = found.filter(dataset=show)
    leads = User.objects.filter(role=Role.LEAD, is_active=True).order_by("name")
    return (
        found.annotate(number=Count("people", filter=Q(people__is_active=True), distinct=True))
        .prefetch_related(Prefetch("people", queryset=leads, to_attr="leads"))
        .order_by("name", "code")
    )


def people_of(*, agency: Agency) -> QuerySet[User]:
    """Whoever works for an agency that the person who asks was given by agency_for."""
    return last_seen(agency.people.all()).order_by("name", "email")


def providers_for(*, user: User) -> list[str]:
    """The providers of the agencies that the person administers, to be written alike."""
    found = agencies_for(user=user).exclude(provider="")
    return list(found.order_by("provider").values_list("provider", flat=True).distinct())


# People


def people_known(*, user: User) -> QuerySet[User]:
    """Of whom the person may know: as people_for, and a provider lead of the agency's people and its leavers."""
    if user.role == Role.LEAD and user.agency:
        return User.objects.filter(_works_or_worked(Agency.objects.filter(pk=user.agency.pk)))
    return people_for(user=user)


def people_for(*, user: User, region: str = "") -> QuerySet[User]:
    """Whose page the person may see: the region's people and the own team; everybody for the national team."""
    if user.role == Role.NATIONAL:
        return _of_region(region) if region else User.objects.all()
    if user.role == Role.REGIONAL:
        return _of_region(user.region)
    return User.objects.none()


def _of_region(region: str) -> QuerySet[User]:
    """The team, whoever works for one of its agencies, and leavers who did."""
    return User.objects.filter(
        Q(region=region) | _works_or_worked(Agency.objects.filter(region=region))
    )


def _works_or_worked(agencies: QuerySet[Agency]) -> Q:
    """Who works for one of the agencies, or has left it."""
    works = Membership.objects.filter(agency__in=agencies).values("user")
    left = Leaving.objects.filter(agencies__in=agencies, undone_at=None).values("user")
    # Without joins, by which whoever works for several agencies would be there several times.
    return Q(pk__in=works) | Q(pk__in=left)


def person_for(*, user: User, key: int) -> User:
    person = people_for(user=user).filter(pk=key).first()
    if person is None:
        raise NotFound
    return person


def may_change(*, user: User, person: User) -> bool:
    """May this person be changed by that one? Nobody changes their own account."""
    if user.pk == person.pk:
        return False
    if user.role == Role.NATIONAL:
        return True
    return (
        user.role == Role.REGIONAL
        and person.role in AGENCY_ROLES
        and people_for(user=user).filter(pk=person.pk).exists()
    )


def last_seen(people: QuerySet[User]) -> QuerySet[Any]:
    """With `last_seen`: the last sign-in, or when the account was made or enabled if that is later."""
    return people.annotate(
        last_seen=Greatest(
            "created_at",
            Coalesce(F("last_login"), F("created_at")),
            Coalesce(F("standing__counted_from"), F("created_at")),
        )
    )


def seen_last(*, person: User) -> datetime.datetime:
    """As last_seen, of one person."""
    seen: datetime.datetime = last_seen(User.objects.filter(pk=person.pk)).get().last_seen
    return seen


def unseen_for(people: QuerySet[User], time: datetime.timedelta) -> QuerySet[Any]:
    """Those with an enabled account that nobody has signed in to for so long."""
    return last_seen(people).filter(is_active=True, last_seen__lte=timezone.now() - time)


def is_disabled_by_time(*, email: str) -> bool:
    """Has nobody signed in to the account for so long that it counts as disabled?"""
    return unseen_for(User.objects.filter(email=email), DISABLED_AFTER).exists()


def search_people(*, user: User, region: str, text: str, show: str) -> QuerySet[User]:
    """People by part of name, e-mail or agency code; `show` as in forms.PeopleSearch."""
    found = people_for(user=user, region=region)
    for word in text.split():
        at_agency = Membership.objects.filter(agency__code__iexact=word).values("user")
        found = found.filter(
            Q(name__icontains=word) | Q(email__icontains=word) | Q(pk__in=at_agency)
        )
    if show == "dormant":
        found = dormant_people(found)
    elif show == "disabled":
        found = found.filter(is_active=False)
    elif show == "second-key":
        found = without_second_key(found)
    elif show == "mail":
        found = without_mail(found)
    elif show == "invited":
        found = found.filter(WITHOUT_PASSWORD, is_active=True)
    elif show:
        found = found.filter(role=show)
    return last_seen(found).prefetch_related("agencies").order_by("name", "email")


def dormant_people(people: QuerySet[User]) -> QuerySet[User]:
    """Nobody has signed in for 60 days, or the account was disabled for it."""
    unseen = last_seen(people).filter(last_seen__lte=timezone.now() - DORMANT_AFTER)
    return unseen.exclude(pk__in=Leaving.objects.filter(undone_at=None).values("user"))


def without_second_key(people: QuerySet[User]) -> QuerySet[User]:
    """Those with an enabled account who cannot sign in any more once they have lost one key."""
    found = people_without_second_key(people.filter(is_active=True))
    return people.filter(pk__in=[person.pk for person in found])


def without_mail(people: QuerySet[User]) -> QuerySet[User]:
    """Those to whom a mail could not be sent."""
    return people.filter(email__in=undelivered())


def colleagues_of(*, user: User) -> QuerySet[User]:
    """The people of the agency that a provider lead works for now."""
    if user.role != Role.LEAD or user.agency is None:
        return User.objects.none()
    found = user.agency.people.all()
    return last_seen(found).order_by("name", "email")


def may_be_taken_out(*, user: User) -> QuerySet[User]:
    """Whom a provider lead may take out: people in data entry who work for the lead's own agencies only."""
    elsewhere = Membership.objects.exclude(agency__in=user.agencies.values("pk"))
    found = colleagues_of(user=user).filter(role=Role.DATA_ENTRY)
    return found.exclude(pk__in=elsewhere.values("user"))


def leaver_for(*, user: User, key: int) -> User:
    """Somebody whom the person may take out as a leaver: lead, regional or national team."""
    if user.role == Role.LEAD:
        person = may_be_taken_out(user=user).filter(pk=key).first()
    else:
        person = people_for(user=user).filter(pk=key).first()
    if person is None or (user.role != Role.LEAD and not may_change(user=user, person=person)):
        raise NotFound
    return person


def leaving_of(*, person: User) -> Leaving | None:
    """How the person left, if they have and have not come back."""
    return Leaving.objects.filter(user=person, undone_at=None).select_related("by").first()


def leaving_known(*, user: User, key: int) -> Leaving | None:
    """As leaving_of, for somebody of whom the person may know."""
    person = people_known(user=user).filter(pk=key).first()
    return leaving_of(person=person) if person else None


def receipt_for(*, user: User, key: int) -> Leaving:
    """The receipt of a leaver: for whoever wrote it, and for the team that administers the person."""
    leaving = Leaving.objects.select_related("user", "by").filter(user=key, undone_at=None).first()
    if leaving is None:
        raise NotFound
    sees = people_for(user=user).filter(pk=key).exists()
    if not sees and leaving.by_id != user.pk:
        raise NotFound
    return leaving


# Requests and invitations


def requests_for(*, user: User, region: str = "") -> QuerySet[AccessRequest]:
    """The requests that the person answers; without an agency of ours, the national team."""
    found = AccessRequest.objects.select_related("agency", "asked_by", "answered_by")
    if user.role == Role.REGIONAL:
        return found.filter(agency__region=user.region)
    if user.role == Role.NATIONAL:
        return found.filter(agency__region=region) if region else found
    if user.role == Role.LEAD and user.agency:
        return found.filter(agency=user.agency, role=Role.DATA_ENTRY)
    return found.none()


def request_for(*, user: User, key: int) -> AccessRequest:
    if user.role == Role.LEAD:
        raise NotFound
    found = requests_for(user=user).filter(pk=key).first()
    if found is None:
        raise NotFound
    return found


def waiting(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    return requests.filter(state=AccessRequest.State.WAITING)


def asked_for_colleagues(*, user: User) -> QuerySet[AccessRequest]:
    """Who waits for an account at a lead's agency: first whom a lead asked for, then who asked themselves."""
    found = waiting(requests_for(user=user))
    return found.order_by(F("asked_by").asc(nulls_last=True), "asked_at", "id")


def answered(requests: QuerySet[AccessRequest]) -> QuerySet[AccessRequest]:
    return requests.exclude(state=AccessRequest.State.WAITING).order_by("-answered_at", "-id")


def last_invitation(*, person: User) -> Invitation | None:
    return Invitation.objects.filter(user=person).first()
