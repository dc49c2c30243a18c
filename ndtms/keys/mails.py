"""Mail to a person about their way of signing in: what was done, never how to undo it by a link."""

from django.utils import timezone

from ndtms.accounts.models import User
from ndtms.keys.models import FactorReset
from ndtms.mail.services import post

TEXT = """Dear {name},

{told}

If this was not you, or nobody told you of it, ring your regional team now. Use the number that you know.

NDTMS Data Entry Tool
"""


WAITS = """Dear {name},

{asked_by} asked for a reset of the second step of signing in of {user}.
It is done only if a second member of a team approves it before {until}.

Make sure that it is right. Then sign in to the Data Entry Tool as always: it is under “What waits for you”.

NDTMS Data Entry Tool
"""


def ask_to_approve(*, reset: FactorReset, colleague: User) -> None:
    """Tells somebody who may approve the reset that it waits."""
    until = timezone.localtime(reset.waits_until)
    text = WAITS.format(
        name=colleague.name,
        asked_by=reset.asked_by.name,
        user=reset.user.name,
        until=f"{until.day} {until:%B %Y, %H:%M}",
    )
    _send(colleague, "a reset waits for you to approve it", text)


def tell(*, user: User, subject: str, told: str) -> None:
    """Sends the mail once the change is stored; the change stands where the mail cannot be sent."""
    _send(user, subject, TEXT.format(name=user.name, told=told))


def _send(user: User, subject: str, text: str) -> None:
    post(to=user.email, subject=f"NDTMS: {subject}", body=text)
