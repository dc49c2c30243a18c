"""Reads: the events that somebody may see, and who the clients are that they tell of."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from det.models import RECORDS, Agency, Client
from det.scope import limited_to
from det.selectors import NotFound
from ndtms.accounts.models import AGENCY_ROLES, Membership, Role, User
from ndtms.audit.models import AuditEvent

ACCOUNT = "account"
"""The section of the events of signing in and of accounts."""
SIGN_INS = ("signed in", "signed out", "set up authenticator app", "chose agency")
_refused = Q(verb__startswith="refused")
_viewed = Q(verb__startswith="viewed") | Q(verb="exported audit")
_signed = Q(verb__in=SIGN_INS)

KINDS: dict[str, tuple[str, Q]] = {
    "": ("All", Q()),
    "sign-ins": ("Sign-ins", _signed),
    "refusals": ("Refusals", _refused),
    "views": ("Views", _viewed),
    "changes": ("Changes", Q(section__in=RECORDS) & ~_viewed & ~_refused),
    "transfers": ("Transfers", Q(verb__startswith="transferred") | Q(section="submission")),
    "accounts": ("Accounts", Q(section=ACCOUNT) & ~_signed & ~_refused),
}
"""Kind of event -> title, and which events are of it."""


@dataclass(frozen=True)
class Named:
    """Who a client is: the client ID, and whether the person who asks may open the client's page."""

    client_id: str
    may_open: bool


def agencies_overseen(user: User) -> QuerySet[Agency]:
    """The agencies whose events somebody may see: a lead's, a region's, all. Raises NotFound for everybody else."""
    if user.role == Role.LEAD and user.agency:
        return Agency.objects.filter(pk=user.agency.pk)
    if user.role == Role.REGIONAL:
        return Agency.objects.filter(region=user.region)
    if user.role == Role.NATIONAL:
        return Agency.objects.all()
    raise NotFound


def events_for(
    user: User, *, kind: str = "", who: str = "", day: datetime.date | None = None
) -> QuerySet[AuditEvent]:
    """The events that somebody may see, the latest first. Raises NotFound for whoever may see none.

    `kind`: one of KINDS; `who`: part of an e-mail address; `day`: in England.
    """
    events = AuditEvent.objects.filter(_bounds(user) & KINDS[kind][1])
    if who:
        events = events.filter(who__icontains=who)
    if day:
        begin = timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))
        following = day + datetime.timedelta(days=1)
        end = timezone.make_aware(datetime.datetime.combine(following, datetime.time.min))
        events = events.filter(at__gte=begin, at__lt=end)
    return events.order_by("-id")


def _bounds(user: User) -> Q:
    """Which events somebody may see: of the agencies, of the region's team, and of no agency by people of the agencies.

    The last are those of people with several agencies before they have chosen one.
    """
    agencies = agencies_overseen(user)
    if user.role == Role.NATIONAL:
        return Q()
    people = Membership.objects.filter(agency__in=agencies)
    bounds = Q(agency__in=agencies.values("code")) | Q(
        agency="", region="", who__in=people.values("user__email")
    )
    return bounds | Q(region=user.region) if user.region else bounds


def clients_of(user: User, events: Sequence[AuditEvent]) -> dict[str, Named]:
    """Key -> who the client is, of the clients of some events, as far as the person who asks may know."""
    keys = {UUID(event.client) for event in events if event.client}
    agencies = agencies_overseen(user).filter(code__in={event.agency for event in events})
    clients = Client.objects.filter(pk__in=keys, agency__in=agencies)
    with limited_to(agencies.values_list("pk", flat=True)):
        return {
            str(client.pk): Named(
                client.identifier,
                user.role in AGENCY_ROLES
                and client.agency_id == user.agency_id
                and client.deleted_at is None,
            )
            for client in clients.only("client_id", "agency_id", "deleted_at")
        }
