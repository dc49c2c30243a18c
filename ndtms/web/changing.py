"""Changing what somebody else may have changed since the form was opened (what it showed then is in its ticket)."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.http import HttpRequest

from det.tickets import ticket_of

Answers = Mapping[str, str]


class Disputed(ValidationError):
    """Somebody else gave another answer to the same question meanwhile. `now`: field -> what it is."""

    def __init__(self, now: Answers, said: Answers) -> None:
        """`said`: what is said of each field, as a sentence."""
        again = "Nothing is saved. Check it, and save again if yours is right"
        super().__init__(
            {field: f"{said[field]} after you opened this page. {again}" for field in now}
        )
        self.now = now


def own_changes(*, now: Answers, typed: Answers, opened: Answers | None, said: Answers) -> Answers:
    """What of `typed` the person changed: what was left as it was opened stays as it is now.

    Raises Disputed where it is another one now than the one that was opened; never without `opened`.
    """
    before = now if opened is None else opened
    changed = {
        field: text for field, text in typed.items() if text not in (now[field], before.get(field))
    }
    disputed = {field: now[field] for field in changed if before.get(field) != now[field]}
    if disputed:
        raise Disputed(disputed, said)
    return changed


def opened_in(request: HttpRequest) -> Answers | None:
    """What the form that was sent showed when it was opened; None where it does not say."""
    ticket = ticket_of(request)
    return ticket.opened if ticket else None


def is_outdated(request: HttpRequest, now: Answers) -> bool:
    """Whether the form that was sent was about something that is otherwise now."""
    opened = opened_in(request)
    return opened is not None and dict(opened) != now
