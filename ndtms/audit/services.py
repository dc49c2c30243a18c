"""The only way to write into the audit."""

from typing import TYPE_CHECKING, Any

from django.db import transaction

from ndtms.audit.models import AuditEvent

if TYPE_CHECKING:
    from ndtms.accounts.models import User

EXPORT_MOST = 20_000
"""So many events are in a file at most: the latest."""


def record(
    *,
    who: str,
    verb: str,
    agency: str = "",
    region: str = "",
    section: str = "",
    record: str = "",
    client: str = "",
    detail: dict[str, Any] | None = None,
) -> AuditEvent:
    """Writes one event, in the transaction of what it tells of.

    `who` is an e-mail address, `agency` a code, `record` and `client` are uuids; `detail` holds names and whole
    numbers, never what was entered about a person. From where it was asked for is added by itself, and so is the
    region of the visitor, if that is somebody in a regional team: `region` is only given where nobody is signed in yet.

    Nobody else can add an event until the transaction ends, so this comes last in it.
    """
    return AuditEvent.objects.create(
        who=who,
        verb=verb,
        agency=agency,
        region=region,
        section=section,
        record=record,
        client=client,
        detail=detail or {},
    )


def record_refused_page(*, who: str, agency: str, page: str, status: int) -> AuditEvent:
    """Notes that somebody who is signed in asked for a page that is not for them, or not there.

    `page` is the name of the page; which record was asked for is not kept.
    """
    return record(
        who=who,
        agency=agency,
        verb="refused page",
        detail={"page": page, "status": status},
    )


@transaction.atomic
def export(*, user: "User", chosen: dict[str, Any]) -> list[AuditEvent]:
    """The events that somebody may see and has chosen, the latest first, for a file; the file is noted too.

    `chosen`: kind, who and day as in selectors.events_for. Raises NotFound for whoever may see none.
    """
    # Accounts write into the audit, and reading the audit asks about accounts.
    from ndtms.audit.selectors import events_for

    events = list(events_for(user, **chosen)[:EXPORT_MOST])
    record(
        who=user.email,
        agency=user.agency.code if user.agency else "",
        verb="exported audit",
        detail={"events": len(events), "kind": chosen.get("kind", "")},
    )
    return events
