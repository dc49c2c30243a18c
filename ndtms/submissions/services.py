"""Writes: what is noted of transfers and of files that were checked."""

from __future__ import annotations

import hashlib
from typing import Any

from det.selectors import User
from det.transfer import Transfer
from ndtms.audit.services import record


def note_transfer(*, user: User, transfer: Transfer) -> None:
    """Notes in the audit who took which file: its hash, counts and percentages."""
    record(
        who=user.email,
        agency=transfer.agency.code,
        verb="transferred",
        detail={
            "file": transfer.file_name,
            "sha256": hashlib.sha256(transfer.content).hexdigest(),
            "clients": transfer.clients,
            "episodes": transfer.episodes,
            "rows": transfer.rows.height,
            "load_percentage": transfer.load_percentage,
            "data_quality_percentage": transfer.data_quality_percentage,
        },
    )


def note_check(*, user: User, report: dict[str, Any]) -> None:
    """Notes in the audit that somebody had a file checked, and how much was in it; never what.

    `report`: as validation.files.as_object.
    """
    record(
        who=user.email,
        agency=user.agency.code if user.agency else "",
        verb="checked file",
        section="submission",
        detail={"rows": report["rows"], "findings": sum(report["counts"].values())},
    )
