"""Passwords: which are refused, and how people change their own."""

from __future__ import annotations

from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from ndtms.accounts.models import User
from ndtms.accounts.sessions import end_sessions
from ndtms.audit.services import record
from ndtms.mail.services import post
from ndtms.regions.services.invitations import end_invitations

CHANGED = """Your password for the NDTMS Data Entry Tool was changed.

If it was you, there is nothing to do. If it was not you, ring your regional team at once.
"""


class ContextWordsValidator:
    """Refuses a password that is little more than words anybody here would guess (ASVS 5.0, 6.2.11)."""

    def __init__(self, words: list[str], min_length: int) -> None:
        self.words = sorted((word.casefold() for word in words), key=len, reverse=True)
        self.min_length = min_length

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises ValidationError where fewer than `min_length` characters are left without the words."""
        left = password.casefold()
        for word in self.words:
            left = left.replace(word, "")
        if left != password.casefold() and len(left) < self.min_length:
            raise ValidationError(
                "This password is made of words that are easy to guess here.",
                code="password_context_words",
            )

    def get_help_text(self) -> str:
        return "Do not make it of words that are easy to guess here, such as the name of this tool."


def change_password(*, request: HttpRequest, user: User, old: str, new: str) -> None:
    """Gives the person a new password, ends other sessions and links for a new password, and tells them by mail.

    Raises ValidationError, with the fields `old` and `new`. Wrong old passwords are counted as at sign-in.
    """
    # Outside the transaction, so that a wrong one stays counted.
    if authenticate(request, email=user.email, password=old) != user:
        raise ValidationError({"old": "The password you have now is not right. Enter it again."})
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise ValidationError({"new": error.messages}) from None
    agency = user.agency.code if user.agency else ""
    with transaction.atomic():
        user.set_password(new)
        user.save(update_fields=["password"])
        update_session_auth_hash(request, user)
        end_sessions(user=user)
        end_invitations(person=user)
        post(to=user.email, subject="Your password was changed", body=CHANGED)
        record(who=user.email, agency=agency, verb="changed password", section="account")
