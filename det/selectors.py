"""Reads. Every selector takes the user and sees nothing outside the user's agency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from det.dates import read_date
from det.definition import core_dataset
from det.models import (
    RECORDS,
    Agency,
    Client,
    Episode,
    Explanation,
    Finding,
    Record,
)


class User(Protocol):
    """What the tool asks of a user: somebody who works for an agency."""

    @property
    def agency(self) -> Any: ...

    @property
    def agency_id(self) -> Any: ...

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
    return Client.live.filter(agency_id=user.agency_id)


def search_clients(user: User, *, text: str = "", show: str = "") -> QuerySet[Client]:
    """The clients that fit what was typed: reference, identifier, initials or date of birth, in any case.

    `show`: '' all, 'open' with an open episode, 'errors', 'warnings', 'deleted'. Annotated with `last_triage`,
    `errors`, `warnings` and `is_open`.
    """
    clients = clients_for(user)
    if show == "deleted":
        clients = Client.objects.filter(agency_id=user.agency_id).exclude(deleted_at=None)
    for word in [text] if read_date(text) else text.split():
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


def client_for(user: User, key: UUID) -> Client:
    """One client of the user's agency. Raises NotFound."""
    return record_for(user, "client", key).client


def record_for(user: User, section: str, key: UUID, *, deleted: bool = False) -> Record:
    """One record of the user's agency, with its client at hand. Raises NotFound."""
    model = RECORDS.get(section)
    if model is None:
        raise NotFound
    records = model.objects if deleted else model.live
    related = {"client": [], "episode": ["client"]}.get(section, ["episode__client"])
    record = (
        records.filter(agency_id=user.agency_id, pk=key).select_related("agency", *related).first()
    )
    if record is None or (not deleted and _parent_deleted(record)):
        raise NotFound
    return record


def _parent_deleted(record: Record) -> bool:
    parent = record.parent
    return parent is not None and (parent.deleted_at is not None or _parent_deleted(parent))


def episodes_of(client: Client) -> list[Episode]:
    """The live episodes of a client, the latest first."""
    return list(
        client.episodes(manager="live").order_by(
            F("triage_date").desc(nulls_first=True), "episode_id"
        )
    )


def lists_of(episode: Episode) -> dict[str, list[Record]]:
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


def findings_of_record(record: Record) -> list[Finding]:
    """The stored findings on the items of one record, errors first."""
    return list(
        Finding.objects.filter(client=record.client, record=record.pk)
        .select_related("client")
        .order_by("severity", "pk")
    )


def deleted_records(client: Client) -> list[Record]:
    """The client's records that were deleted and can still be restored, the latest first."""
    found: list[Record] = []
    for section, model in RECORDS.items():
        if section != "client":
            path = "client" if section == "episode" else "episode__client"
            deleted = model.objects.filter(**{path: client}).exclude(deleted_at=None)
            found += deleted.select_related("agency", path)
    return sorted(found, key=lambda record: str(record.deleted_at), reverse=True)


@dataclass(frozen=True)
class Cause:
    """One rule that finds something in the caseload."""

    rule: str
    part: str
    item: str
    severity: str
    message: str
    findings: int
    clients: int


def causes(user: User) -> list[Cause]:
    """What the rules find in the caseload, by rule and item: errors first, then what concerns most clients."""
    rows = (
        Finding.objects.filter(agency_id=user.agency_id, explained=False)
        .values("rule", "part", "item", "severity")
        .annotate(
            findings=Count("pk"), clients=Count("client", distinct=True), message=Max("message")
        )
        .order_by("severity", "-clients", "rule", "part", "item")
    )
    return [Cause(**row) for row in rows]


def findings_of_rule(user: User, rule: str) -> QuerySet[Finding]:
    """The open findings of one rule in the caseload, with their clients."""
    return (
        Finding.objects.filter(agency_id=user.agency_id, rule=rule, explained=False)
        .select_related("client", "agency")
        .order_by("client__client_id", "pk")
    )


def warning_for(user: User, number: int) -> Finding:
    """One warning of the agency's caseload. Raises NotFound."""
    finding = (
        Finding.objects.filter(pk=number, agency_id=user.agency_id, severity="warning")
        .select_related("client__agency", "agency")
        .first()
    )
    if finding is None:
        raise NotFound
    return finding


def explanation_of(finding: Finding) -> Explanation | None:
    """The explanation that stands for a finding, if there is one."""
    return Explanation.objects.filter(
        client=finding.client_id,
        rule=finding.rule,
        part=finding.part,
        record=finding.record,
        item=finding.item,
        basis=finding.basis,
    ).first()
