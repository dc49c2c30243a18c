"""Writes: ending the interventions that a discharge left open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from det.models import Record
from det.selectors import User
from det.services.entering import change_record


@dataclass(frozen=True)
class Ending:
    """How one intervention ended. `values`: field -> text as the extract writes it."""

    record: Record
    version: int
    """At which the person saw it."""
    values: Mapping[str, str]


@transaction.atomic
def end_interventions(*, user: User, endings: Sequence[Ending]) -> None:
    """Saves all of them or none. Raises Conflict when one was saved since it was seen, otherwise as change_record."""
    for ending in endings:
        change_record(user=user, record=ending.record, values=ending.values, version=ending.version)
