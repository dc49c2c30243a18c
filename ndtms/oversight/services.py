"""Writes: a look at one client, with the reason for it."""

from __future__ import annotations

from django.db import transaction

from det.models import Agency, Client
from ndtms.accounts.models import User
from ndtms.audit.services import record
from ndtms.oversight import selectors


@transaction.atomic
def view_with_reason(
    *, user: User, agency: Agency, client_id: str, kind: str, reason: str
) -> Client | None:
    """The client, for one look, which the agency's lead can read of; None if the agency has none with this ID.

    Both are noted with the reason; a client ID that nobody has is not, because it may be anything.
    Raises NotFound for an agency that is not the person's to look at.
    """
    agency = selectors.agency_for(user, agency.code)
    client = selectors.client_by_id(user, agency, client_id)
    key = str(client.pk) if client else ""
    record(
        who=user.email,
        agency=agency.code,
        region=user.region,
        verb=selectors.VIEWED if client else "refused view with reason",
        section="client",
        record=key,
        client=key,
        detail={"kind": kind, "reason": reason},
    )
    return client
