"""Writes: a transfer is noted with what identifies the file."""

from __future__ import annotations

import hashlib

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
