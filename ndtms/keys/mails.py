"""Mail to a person about their way of signing in: what was done, never how to undo it by a link."""

from ndtms.accounts.models import User
from ndtms.mail.services import post

TEXT = """Dear {name},

{told}

If this was not you, or nobody told you of it, ring your regional team now. Use the number that you know.

NDTMS Data Entry Tool
"""


def tell(*, user: User, subject: str, told: str) -> None:
    """Sends the mail once the change is stored; the change stands where the mail cannot be sent."""
    post(to=user.email, subject=f"NDTMS: {subject}", body=TEXT.format(name=user.name, told=told))
