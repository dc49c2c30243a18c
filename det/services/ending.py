"""Writes: ending the interventions that a discharge left open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from det.checking import holding
from det.models import Record
from det.selectors import User
from det.services.entering import change_record


@dataclass(frozen=True)
class Ending:
    """How one intervention ended. `values`: field -> text as the extract writes it."""

    record: Record
    values: Mapping[str, str]


@holding
def end_interventions(*, user: User, endings: Sequence[Ending]) -> None:
    """Saves all of them or none. Raises Conflict when somebody else has ended one, otherwise as change_record."""
    for ending in endings:
        opened = dict.fromkeys(ending.values, "")
        change_record(user=user, record=ending.record, values=ending.values, opened=opened)
