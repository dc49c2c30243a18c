"""What the data entry tool says it did, into the audit."""

from typing import Any

from ndtms.audit.services import record as record_event


def record_change(
    *,
    user: Any,
    agency: str,
    verb: str,
    section: str = "",
    record: object = "",
    client: object = "",
    detail: dict[str, Any] | None = None,
    **kwargs: Any,
) -> None:
    """Receiver of det.signals.changed. `user` is None where a command did it."""
    record_event(
        who=user.email if user else "command",
        agency=agency or "",
        verb=verb,
        section=section or "",
        record=str(record or ""),
        client=str(client or ""),
        detail=detail,
    )
