"""Writes: ending the interventions that a discharge left open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from det.checking import holding
from det.models import Record
from det.selectors import User, record_for
from det.services.entering import Conflict, Gone, Saved, change_record


@dataclass(frozen=True)
class Ending:
    """How one intervention ended: field -> text as the extract writes it, as typed and as the person opened it."""

    record: Record
    values: Mapping[str, str]
    opened: Mapping[str, str]


class Conflicts(Exception):
    """Somebody else gave other answers about interventions after this person opened the page: a Conflict for each."""

    def __init__(self, conflicts: list[Conflict]) -> None:
        super().__init__("changed by somebody else")
        self.conflicts = conflicts


@holding
def end_interventions(
    *, user: User, endings: Sequence[Ending], restoring: bool = False
) -> list[Saved]:
    """Saves all of them or none.

    Raises Gone with all that was deleted (unless `restoring`), Conflicts, otherwise as change_record.
    """
    saved: list[Saved] = []
    gone: list[Record] = []
    conflicts: list[Conflict] = []
    for ending in endings:
        try:
            saved.append(_end(user, ending, restoring))
        except Gone as found:
            gone += found.records
        except Conflict as found:
            conflicts.append(found)
    if gone:
        raise Gone(list(dict.fromkeys(gone)))
    if conflicts:
        raise Conflicts(conflicts)
    return saved


def _end(user: User, ending: Ending, restoring: bool) -> Saved:
    """Saves one. When and how it ended is one decision: where one of the two was changed, both are in dispute."""
    record, values = ending.record, ending.values
    now = record_for(user, record.section, record.pk, deleted=True).answers()
    is_as_opened = all(now[field] == ending.opened.get(field) for field in values)
    opened = ending.opened if is_as_opened else {}
    return change_record(
        user=user, record=record, values=values, opened=opened, restoring=restoring
    )
