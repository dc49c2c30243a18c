"""Writes. One function, one transaction: full_clean, save, rules, audit."""

from det.services.agencies import add_agency
from det.services.arranging import NOTHING, Arranged
from det.services.deleting import (
    OtherBelongings,
    ParentDeleted,
    delete_record,
    remove_for_good,
    restore_record,
)
from det.services.ending import Conflicts, Ending, end_interventions
from det.services.entering import (
    Conflict,
    Gone,
    Saved,
    add_record,
    change_record,
    next_identifier,
    undo_change,
    undoable,
)
from det.services.explaining import (
    AnswersChanged,
    ExplainedMeanwhile,
    explain,
    opened_with,
    withdraw_explanation,
)
from det.services.telling import tell_done, tell_viewed

__all__ = [
    "NOTHING",
    "AnswersChanged",
    "Arranged",
    "Conflict",
    "Conflicts",
    "Ending",
    "ExplainedMeanwhile",
    "Gone",
    "OtherBelongings",
    "ParentDeleted",
    "Saved",
    "add_agency",
    "add_record",
    "change_record",
    "delete_record",
    "end_interventions",
    "explain",
    "next_identifier",
    "opened_with",
    "remove_for_good",
    "restore_record",
    "tell_done",
    "tell_viewed",
    "undo_change",
    "undoable",
    "withdraw_explanation",
]
