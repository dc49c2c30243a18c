"""Mail to a person about their way of signing in: what was done, never how to undo it by a link."""

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction

from ndtms.accounts.models import User

TEXT = """Dear {name},

{told}

If this was not you, or nobody told you of it, ring your regional team now. Use the number that you know.

NDTMS Data Entry Tool
"""


def tell(*, user: User, subject: str, told: str) -> None:
    """Sends the mail once the change is stored; the change stands where the mail cannot be sent."""
    text = TEXT.format(name=user.name, told=told)

    def send() -> None:
        send_mail(f"NDTMS: {subject}", text, settings.DEFAULT_FROM_EMAIL, [user.email])

    transaction.on_commit(send, robust=True)
