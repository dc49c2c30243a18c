"""The only way to write into the audit."""

from typing import Any

from ndtms.audit.models import AuditEvent


def record(
    *,
    who: str,
    verb: str,
    agency: str = "",
    section: str = "",
    record: str = "",
    client: str = "",
    detail: dict[str, Any] | None = None,
) -> AuditEvent:
    """Writes one event, in the transaction of what it tells of.

    `who` is an e-mail address, `agency` a code, `record` and `client` are uuids; `detail` holds
    names and counts, never what was entered about a person.
    """
    return AuditEvent.objects.create(
        who=who,
        verb=verb,
        agency=agency,
        section=section,
        record=record,
        client=client,
        detail=detail or {},
    )
