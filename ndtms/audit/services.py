"""The only way to write into the audit."""

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from ndtms.audit.models import AuditEvent, Tally

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


def of_account(user: "User") -> dict[str, Any]:
    """Whose event it is, for events about somebody's own account."""
    agency = user.agency.code if user.agency else ""
    return {"who": user.email, "agency": agency, "region": user.region, "section": "account"}


@transaction.atomic
def record_up_to(
    most: int,
    *,
    who: str,
    verb: str,
    counted_as: str = "",
    agency: str = "",
    region: str = "",
    section: str = "",
) -> None:
    """As record, for what strangers can do: `most` such events a day are written, further ones are only counted.

    `counted_as`: the name that they are counted under, where many names share one count. The last event that is written
    says that there may be more, and tell_counted tells afterwards how many there were.
    """
    tally, _ = Tally.objects.select_for_update().get_or_create(
        day=timezone.localdate(),
        verb=verb,
        who=counted_as or who,
        defaults={"agency": agency, "region": region, "section": section},
    )
    if tally.written >= most:
        tally.more += 1
        tally.save(update_fields=["more"])
        return
    tally.written += 1
    tally.save(update_fields=["written"])
    is_last = tally.written == most
    detail = {"further_ones_today": "only counted"} if is_last else None
    record(who=who, agency=agency, region=region, verb=verb, section=section, detail=detail)


def tell_counted() -> int:
    """One event for each count of a day that is over; how many events. The counts are then removed."""
    over = Tally.objects.filter(day__lt=timezone.localdate())
    return sum(_tell(key) for key in over.order_by("day", "pk").values_list("pk", flat=True))


@transaction.atomic
def _tell(key: int) -> bool:
    # Two runs at once tell it once.
    tally = Tally.objects.select_for_update().filter(pk=key).first()
    if tally is None:
        return False
    tally.delete()
    if tally.more:
        record(
            who=tally.who,
            agency=tally.agency,
            region=tally.region,
            verb=tally.verb,
            section=tally.section,
            detail={"day": f"{tally.day:%Y-%m-%d}", "more_on_that_day": tally.more},
        )
    return bool(tally.more)


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
