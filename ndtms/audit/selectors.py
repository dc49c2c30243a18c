"""Reads: the events that somebody may see, and who the clients are that they tell of."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, Q, QuerySet, TextField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from det.models import RECORDS, Agency, Client
from det.scope import limited_to
from det.selectors import NotFound
from ndtms.accounts.models import AGENCY_ROLES, Membership, Role, User
from ndtms.audit.models import AuditEvent
from ndtms.keys.models import RegisteredKey
from ndtms.keys.selectors import keys_of
from ndtms.regions.selectors import people_known

ACCOUNT = "account"
"""The section of the events of signing in and of accounts."""
ABOUT_REQUESTS = (
    "asked for access",
    "approved request for access",
    "refused request for access",
)
"""The verbs whose record is a request for access; any other record of the section is an account's key."""
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


@dataclass(frozen=True)
class Names:
    """Key as text -> who or what it is, of what some events tell of, as far as the person who asks may know."""

    clients: dict[str, Named]
    accounts: dict[str, User]
    keys: dict[str, RegisteredKey]


def names_in(user: User, events: Sequence[AuditEvent]) -> Names:
    """Who and what some events tell of; the same few queries however many events there are."""
    accounts = {account_of(event) for event in events} - {""}
    keys = {str(event.detail["key"]) for event in events if "key" in event.detail}
    return Names(
        clients_of(user, events),
        {str(p.pk): p for p in people_known(user=user).filter(pk__in=accounts)},
        {str(k.pk): k for k in keys_of(by=user).filter(pk__in=keys)},
    )


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

    `kind`: one of KINDS; `who`: part of the e-mail address of who did it or whose account it concerns; `day`: in
    England.
    """
    events = AuditEvent.objects.filter(_bounds(user) & KINDS[kind][1])
    if who:
        concerned = people_known(user=user).filter(email__icontains=who)
        keys = concerned.annotate(key=Cast("pk", TextField())).values("key")
        about = Q(section=ACCOUNT, account__in=keys)
        events = events.alias(account=_account()).filter(Q(who__icontains=who) | about)
    if day:
        begin = timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))
        following = day + datetime.timedelta(days=1)
        end = timezone.make_aware(datetime.datetime.combine(following, datetime.time.min))
        events = events.filter(at__gte=begin, at__lt=end)
    return events.order_by("-id")


def account_of(event: AuditEvent) -> str:
    """The key of the account that an event concerns, which may be another one than that of who did it; '' for none."""
    if event.section != ACCOUNT:
        return ""
    record = "" if event.verb in ABOUT_REQUESTS else event.record
    return str(event.detail.get("account", record))


def _account() -> Coalesce:
    """account_of, for the database, of events of the section."""
    named = Cast(KeyTextTransform("account", "detail"), TextField())
    record = Case(When(verb__in=ABOUT_REQUESTS, then=Value("")), default="record")
    return Coalesce(named, Cast(record, TextField()))


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
