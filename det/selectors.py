"""Reads. Every selector takes the user and sees nothing outside the user's agency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from det.dates import read_date
from det.definition import core_dataset
from det.models import RECORDS, Agency, Client, Episode, EpisodeRecord, Finding, Record


class User(Protocol):
    """What the tool asks of a user."""

    agency: Agency | None
    agency_id: int | None

    @property
    def email(self) -> str: ...


class NotFound(Exception):
    """There is no such record for this user, be it that it is another agency's."""


@dataclass(frozen=True)
class Quality:
    """How good a caseload is: whole percentages, rounded down, and the counts behind them."""

    episodes: int
    with_errors: int
    with_warnings: int

    @property
    def load(self) -> int:
        return percentage(self.episodes, self.with_errors)

    @property
    def data_quality(self) -> int:
        return percentage(self.episodes, self.with_warnings)


def percentage(total: int, flawed: int) -> int:
    """The share without a flaw, rounded down so that 100 means none; 100 of nothing."""
    return 100 if total == 0 else 100 * (total - flawed) // total


def clients_for(user: User) -> QuerySet[Client]:
    """The live clients of the user's agency."""
    return Client.live.filter(agency_id=user.agency_id).exclude(agency_id=None)


def search_clients(user: User, *, text: str = "", show: str = "") -> QuerySet[Client]:
    """The clients that fit what was typed: reference, identifier, initials or date of birth, in any case.

    `show`: '' all, 'open' with an open episode, 'errors', 'warnings', 'deleted'. Annotated with `last_triage`,
    `errors`, `warnings` and `is_open`.
    """
    clients = clients_for(user)
    if show == "deleted":
        clients = Client.objects.filter(agency_id=user.agency_id).exclude(deleted_at=None)
    for word in text.split():
        clients = clients.filter(_matches(word))
    findings = Finding.objects.filter(client=OuterRef("pk"))
    open_episodes = Episode.live.filter(client=OuterRef("pk"), discharge_date=None)
    clients = clients.annotate(
        last_triage=Max("episodes__triage_date", filter=Q(episodes__deleted_at=None)),
        errors=Count("findings", filter=Q(findings__severity="error"), distinct=True),
        warnings=Count(
            "findings",
            filter=Q(findings__severity="warning", findings__explained=False),
            distinct=True,
        ),
        is_open=Exists(open_episodes),
    )
    if show == "open":
        clients = clients.filter(is_open=True)
    elif show in ("errors", "warnings"):
        severity = show.removesuffix("s")
        clients = clients.filter(Exists(findings.filter(severity=severity, explained=False)))
    return clients.order_by(F("last_triage").desc(nulls_first=True), "client_id", "pk")


def _matches(word: str) -> Q:
    matches = Q(client_reference__icontains=word) | Q(client_id__icontains=word)
    day = read_date(word)
    if day is not None:
        matches |= Q(birth_date=day)
    if len(word) <= 2 and word.isalpha():
        initials = Q(first_initial__iexact=word[0])
        if len(word) == 2:
            initials &= Q(last_initial__iexact=word[1])
        matches |= initials
    return matches


def record_for(user: User, section: str, key: UUID, *, deleted: bool = False) -> Record:
    """One record of the user's agency, with its client at hand. Raises NotFound."""
    model = RECORDS.get(section)
    if model is None or user.agency_id is None:
        raise NotFound
    records = model.objects if deleted else model.live
    related = {"client": [], "episode": ["client"]}.get(section, ["episode__client"])
    record = (
        records.filter(agency_id=user.agency_id, pk=key)
        .select_related("agency", *related)
        .first()
    )
    if record is None or (not deleted and _parent_deleted(record)):
        raise NotFound
    return record


def _parent_deleted(record: Record) -> bool:
    parent = record.parent
    return parent is not None and (parent.deleted_at is not None or _parent_deleted(parent))


def episodes_of(client: Client) -> list[Episode]:
    """The live episodes of a client, the latest first."""
    return list(client.episodes(manager="live").order_by(F("triage_date").desc(nulls_first=True), "episode_id"))


def lists_of(episode: Episode) -> dict[str, list[EpisodeRecord]]:
    """Section -> the live records of the episode, by date and identifier, as the extract has them."""
    result = {}
    for name in core_dataset().children:
        section = core_dataset().sections[name]
        result[name] = list(
            RECORDS[name]
            .live.filter(episode=episode)
            .select_related("episode__client", "agency")
            .order_by(F(section.date_field).asc(nulls_last=True), section.id_field)
        )
    return result


def findings_of(client: Client) -> list[Finding]:
    """The stored findings of a client, errors first."""
    return list(client.findings.order_by("severity", "section", "record", "pk"))


def quality_of(agency: Agency) -> Quality:
    """Load % and data quality % of the whole caseload, from the stored findings."""
    refused = core_dataset().meaning("consent", "refused")
    episodes = Episode.live.filter(agency=agency, client__deleted_at=None).exclude(
        client__consent__in=refused
    )

    def flawed(severity: str) -> int:
        findings = Finding.objects.filter(agency=agency, severity=severity, explained=False)
        return episodes.filter(
            Exists(findings.filter(episode=OuterRef("pk")))
            | Exists(findings.filter(episode=None, client=OuterRef("client_id")))
        ).count()

    return Quality(episodes.count(), flawed("error"), flawed("warning"))
