"""Keeps the stored findings of an agency what the rules find."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID

import polars as pl
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from det.definition import core_dataset
from det.frames import records_of
from det.models import Agency, Client, Explanation, Finding
from validation.basis import Answer
from validation.engine import answers_behind, check

BATCH = 1000


def today() -> datetime.date:
    """The day in England."""
    return timezone.localdate()


def sharing_attributor(client: Client) -> QuerySet[Client]:
    """The other live clients of the agency whose initials, date of birth and sex are the same (rule NQ127)."""
    return Client.live.filter(
        agency_id=client.agency_id,
        first_initial=client.first_initial,
        last_initial=client.last_initial,
        birth_date=client.birth_date,
        sex=client.sex,
    ).exclude(pk=client.pk)


def hold(agency: Agency) -> Agency:
    """The agency as it is now, held until the transaction ends: nobody else changes or judges its records meanwhile.

    Everything that judges, or changes what is judged, begins with it. SQLite has one writer at a time anyway.
    """
    return Agency.objects.select_for_update(no_key=True).get(pk=agency.pk)


P = ParamSpec("P")
T = TypeVar("T")


def holding(service: Callable[P, T]) -> Callable[P, T]:
    """A service that changes what is judged: one transaction that holds the agency of its argument `user`."""

    @wraps(service)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        user: Any = kwargs["user"]
        with transaction.atomic():
            hold(user.agency)
            return service(*args, **kwargs)

    wrapped.is_holding = True  # type: ignore[attr-defined]
    return wrapped


def find(
    agency: Agency, clients: Iterable[Client] | None = None, *, day: datetime.date | None = None
) -> pl.DataFrame:
    """What the rules find in the live records of some clients (None: all); columns as validation.engine.FINDING.

    `day` is the day on which it is looked at, today unless given.
    """
    found = check(
        records_of(agency, clients),
        core_dataset(),
        agency.dataset,
        today=day or today(),
        with_basis=True,
    )
    without_episode = pl.col("episode_record").is_null() & (pl.col("section") != "client")
    return found.filter(without_episode.not_())


def rests_on(finding: Finding) -> list[Answer]:
    """The answers on which a finding rests, of its record, its episode, its client and the episode's lists."""
    return answers_behind(
        records_of(finding.agency, [finding.client]),
        core_dataset(),
        finding.agency.dataset,
        today=today(),
        key=finding.key,
        about=finding.item,
        record=str(finding.record),
    )


def recheck(agency: Agency, clients: Iterable[Client]) -> list[Finding]:
    """Judges the clients' records anew and stores the findings, for a caller that holds the agency.

    The clients must include those with whom one of them shares an attributor.
    """
    clients = list(clients)
    return _store(agency, find(agency, clients), {client.pk for client in clients})


@transaction.atomic
def recheck_agency(agency: Agency) -> None:
    """Judges all records of an agency anew and notes the day."""
    hold(agency)
    _store(agency, find(agency), None)
    agency.checked_on, agency.checked_by = today(), core_dataset().edition
    agency.save(update_fields=["checked_on", "checked_by"])


def recheck_with_others(agency: Agency, client: Client, before: list[Client]) -> list[Finding]:
    """Judges the client anew, and those with whom it shares, or shared, an attributor."""
    affected = {c.pk: c for c in [client, *before]}
    for member in list(affected.values()):
        affected |= {other.pk: other for other in sharing_attributor(member)}
    return recheck(agency, [c for c in affected.values() if c.deleted_at is None])


def bring_up_to_date(agency: Agency) -> None:
    """Judges all records anew when the stored findings are of another day, or of another edition of the core dataset.

    Some rules look at the day. Of several first visitors of a day one judges; the others wait for it.
    """
    if _is_judged(agency):
        return
    with transaction.atomic():
        held = hold(agency)
        if not _is_judged(held):
            recheck_agency(held)
    agency.checked_on, agency.checked_by = held.checked_on, held.checked_by


def _is_judged(agency: Agency) -> bool:
    return (agency.checked_on, agency.checked_by) == (today(), core_dataset().edition)


@dataclass(frozen=True)
class Strays:
    """How the stored findings of an agency differ from what the rules find on the day last judged."""

    missing: tuple[Finding, ...]
    surplus: tuple[Finding, ...]

    def __bool__(self) -> bool:
        return bool(self.missing or self.surplus)


@transaction.atomic
def strays(agency: Agency) -> Strays:
    """Compares the stored findings with what the rules find; one that says another thing is both."""
    agency = hold(agency)
    is_judged = agency.checked_on is not None
    found = find(agency, day=agency.checked_on) if is_judged else pl.DataFrame()
    wanted = {finding.identity: finding for finding in _findings(agency, found, None)}
    surplus = []
    for finding in Finding.objects.filter(agency=agency).order_by("pk"):
        if finding.identity in wanted and wanted[finding.identity].told == finding.told:
            del wanted[finding.identity]
        else:
            surplus.append(finding)
    return Strays(tuple(wanted.values()), tuple(surplus))


def _findings(agency: Agency, found: pl.DataFrame, clients: set[UUID] | None) -> list[Finding]:
    """What was found, with what is explained of it."""
    of_these = Q(client__agency=agency) if clients is None else Q(client__in=clients)
    explained = {e.identity: e.basis for e in Explanation.objects.filter(of_these)}
    return [_finding(agency, row, explained) for row in found.iter_rows(named=True)]


def _store(agency: Agency, found: pl.DataFrame, clients: set[UUID] | None) -> list[Finding]:
    """Makes the stored findings of the clients (None: of all) what was found; what stays the same is not touched."""
    of_these = Q(agency=agency) if clients is None else Q(client__in=clients)
    stored = {finding.identity: finding for finding in Finding.objects.filter(of_these)}
    added, changed = [], []
    findings = _findings(agency, found, clients)
    for finding in findings:
        before = stored.pop(finding.identity, None)
        if before is None:
            added.append(finding)
        elif before.told != finding.told:
            finding.pk = before.pk
            changed.append(finding)
    gone = [finding.pk for finding in stored.values()]
    for start in range(0, len(gone), BATCH):
        Finding.objects.filter(pk__in=gone[start : start + BATCH]).delete()
    Finding.objects.bulk_update(changed, Finding.TOLD, batch_size=BATCH)
    Finding.objects.bulk_create(added, batch_size=BATCH)
    return findings


def _finding(agency: Agency, row: dict[str, Any], explained: dict) -> Finding:
    of_client = row["section"] == "client"
    client, record = UUID(row["client_record"]), UUID(row["record"])
    if of_client:
        record = client
    finding = Finding(
        agency=agency,
        client_id=client,
        episode_id=None if of_client else UUID(row["episode_record"]),
        rule=row["rule"],
        part=row["part"],
        severity=row["severity"],
        section=row["section"],
        record=record,
        item=row["item"],
        value=(row["value"] or "")[:200],
        message=(row["message"] or "")[:500],
        basis=row["basis"] or "",
    )
    is_warning = finding.severity == "warning"
    finding.explained = is_warning and explained.get(finding.identity) == finding.basis
    return finding
