"""Keeps the stored findings of an agency what the rules find."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import polars as pl
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from det.definition import core_dataset
from det.frames import records_of
from det.models import Agency, Client, Explanation, Finding
from validation.engine import check

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


def find(agency: Agency, clients: Iterable[Client] | None = None) -> pl.DataFrame:
    """What the rules find in the live records of some clients (None: all); columns as validation.engine.FINDING."""
    found = check(
        records_of(agency, clients),
        core_dataset(),
        agency.dataset,
        today=today(),
        with_basis=True,
    )
    without_episode = pl.col("episode_record").is_null() & (pl.col("section") != "client")
    return found.filter(without_episode.not_())


@transaction.atomic(savepoint=False)
def recheck(agency: Agency, clients: Iterable[Client]) -> None:
    """Judges the clients' records anew and stores the findings.

    The clients must include those with whom one of them shares an attributor.
    """
    clients = list(clients)
    _store(agency, find(agency, clients), {client.pk for client in clients})


@transaction.atomic
def recheck_agency(agency: Agency) -> None:
    """Judges all records of an agency anew and notes the day."""
    _store(agency, find(agency), None)
    agency.checked_on = today()
    agency.save(update_fields=["checked_on"])


def recheck_with_others(agency: Agency, client: Client, before: list[Client]) -> None:
    """Judges the client anew, and those with whom it shares, or shared, an attributor."""
    affected = {c.pk: c for c in [client, *before]}
    for member in list(affected.values()):
        affected |= {other.pk: other for other in sharing_attributor(member)}
    recheck(agency, [c for c in affected.values() if c.deleted_at is None])


def bring_up_to_date(agency: Agency) -> None:
    """Judges all records anew when the stored findings are of another day: some rules look at the day."""
    if agency.checked_on != today():
        recheck_agency(agency)


def _store(agency: Agency, found: pl.DataFrame, clients: set[UUID] | None) -> None:
    """Replaces the stored findings of the clients (None: of all) by what was found."""
    scope = Q(agency=agency) if clients is None else Q(client__in=clients)
    explained = {
        (e.client_id, e.rule, e.part, e.record, e.item): e.basis
        for e in Explanation.objects.filter(
            Q(client__agency=agency) if clients is None else Q(client__in=clients)
        )
    }
    Finding.objects.filter(scope).delete()
    Finding.objects.bulk_create(
        (_finding(agency, row, explained) for row in found.iter_rows(named=True)), batch_size=BATCH
    )


def _finding(agency: Agency, row: dict[str, Any], explained: dict) -> Finding:
    of_client = row["section"] == "client"
    client, record = UUID(row["client_record"]), UUID(row["record"])
    if of_client:
        record = client
    key = (client, row["rule"], row["part"], record, row["item"])
    return Finding(
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
        explained=row["severity"] == "warning" and explained.get(key) == (row["basis"] or ""),
    )
