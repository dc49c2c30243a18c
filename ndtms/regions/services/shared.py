"""What the services share."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError

from ndtms.accounts.models import User
from ndtms.audit.services import record
from ndtms.regions import selectors


class Refused(ValidationError):
    """It cannot be done; the sentence says why, and what to do, to whoever administers."""


def note(
    *, by: User | None, verb: str, agency: str = "", about: object = "", **detail: Any
) -> None:
    """Into the audit: who did it, to which account or record. `detail` names no person."""
    record(
        who=by.email if by else "command",
        verb=verb,
        agency=agency,
        section="account",
        record=str(about),
        detail=detail,
    )


def must_administer(*, by: User, person: User) -> None:
    """Raises PermissionDenied unless `by` may change the person."""
    if not selectors.may_change(user=by, person=person):
        raise PermissionDenied
