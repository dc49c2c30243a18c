"""Reads: what the regional and the national team see of an agency, which is no client's data but with a reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import QuerySet

from det import selectors as det
from det.models import Agency, Client
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


def client_by_id(user: User, agency: Agency, client_id: str) -> Client | None:
    """The live client with this client ID at the agency, if there is one."""
    clients = det.clients_for(Onlooker(user.email, agency))
    return clients.filter(client_id=client_id).select_related("agency").first()


def views_with_reason(user: User) -> QuerySet[AuditEvent]:
    """Who looked at which client, and why, the latest first, as far as the person may see the audit."""
    return events_for(user).filter(verb=VIEWED)
