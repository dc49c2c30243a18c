"""Reads: what the regional and the national team see of an agency, which is no client's data but with a reason."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, Q, QuerySet

from det import selectors as det
from det.definition import core_dataset
from det.models import Agency, Client, Episode, Finding
from det.scope import limited_to
from ndtms.accounts.models import Role, User
from ndtms.audit.models import AuditEvent
from ndtms.audit.selectors import events_for

TEAMS = (Role.REGIONAL, Role.NATIONAL)
VIEWED = "viewed with reason"
"""The verb of a look at one client by somebody who does not work for the agency."""


@dataclass(frozen=True)
class Onlooker:
    """Somebody who looks at the records of one agency, once, without working for it."""

    email: str
    agency: Agency

    @property
    def agency_id(self) -> int:
        return self.agency.pk


@dataclass(frozen=True)
class AgencyQuality:
    """How good an agency's data are, in counts: nothing of any client."""

    quality: det.Quality
    errors: int
    warnings: int
    causes: list[det.Cause]
    last_transfer: AuditEvent | None


def agency_for(user: User, code: str) -> Agency:
    """An agency of the region; any for the national team. Raises det.selectors.NotFound."""
    agencies = Agency.objects.filter(code=code)
    if user.role == Role.REGIONAL:
        agencies = agencies.filter(region=user.region)
    agency = agencies.first()
    if user.role not in TEAMS or agency is None:
        raise det.NotFound
    return agency


def quality_for(user: User, agency: Agency) -> AgencyQuality:
    """The counts of the agency's findings, and by which rules. What two rules say in the same words is one."""
    causes = det.causes(Onlooker(user.email, agency))
    counts: Counter[str] = Counter()
    for cause in causes:
        counts[cause.severity] += cause.findings
    return AgencyQuality(
        quality=det.quality_of(agency),
        errors=counts["error"],
        warnings=counts["warning"],
        causes=causes,
        last_transfer=AuditEvent.objects.filter(agency=agency.code, verb="transferred").first(),
    )


@dataclass(frozen=True)
class Standing:
    """How an agency stands, for the table of a region."""

    quality: det.Quality | None
    """None where there are no episodes, and where nobody has looked at the agency's data yet."""
    last_transfer: datetime.datetime | None


def standing_of(user: User, agencies: Sequence[Agency]) -> dict[int, Standing]:
    """How each of the agencies stands, by key; two queries, however many there are.

    Counts only, of the findings as they are stored. Raises NotFound for somebody who is of no team, and for an agency
    of another region.
    """
    if user.role not in TEAMS or any(not _looks_after(user, agency) for agency in agencies):
        raise det.NotFound
    with limited_to([agency.pk for agency in agencies]):
        quality = _quality_of_all(agencies)
    transfers = dict(
        AuditEvent.objects.filter(agency__in=[a.code for a in agencies], verb="transferred")
        .order_by()
        .values_list("agency")
        .annotate(Max("at"))
    )
    return {
        agency.pk: Standing(
            quality.get(agency.pk) if agency.checked_on else None, transfers.get(agency.code)
        )
        for agency in agencies
    }


def _looks_after(user: User, agency: Agency) -> bool:
    return user.role == Role.NATIONAL or agency.region == user.region


def _quality_of_all(agencies: Sequence[Agency]) -> dict[int, det.Quality]:
    """As det.selectors.quality_of, of many agencies in one query; nothing of an agency without episodes."""
    found = Finding.objects.filter(agency__in=agencies, explained=False)

    def flawed(severity: str) -> Q:
        of_severity = found.filter(severity=severity)
        of_episode = of_severity.exclude(episode=None).values("episode")
        of_client = of_severity.filter(episode=None).values("client")
        return Q(pk__in=of_episode) | Q(client__in=of_client)

    refused = core_dataset().meaning("consent", "refused")
    rows = (
        Episode.live.filter(agency__in=agencies, client__deleted_at=None)
        .exclude(client__consent__in=refused)
        .order_by()
        .values_list("agency")
        .annotate(
            number=Count("pk"),
            with_errors=Count("pk", filter=flawed("error")),
            with_warnings=Count("pk", filter=flawed("warning")),
        )
    )
    return {key: det.Quality(*counts) for key, *counts in rows}


def client_by_id(user: User, agency: Agency, client_id: str) -> Client | None:
    """The live client with this client ID at the agency, be it in capitals or not, if there is one."""
    clients = det.clients_for(Onlooker(user.email, agency))
    return clients.filter(client_id__iexact=client_id).select_related("agency").first()


def views_with_reason(user: User) -> QuerySet[AuditEvent]:
    """Who looked at which client, and why, the latest first, as far as the person may see the audit."""
    return events_for(user).filter(verb=VIEWED)
