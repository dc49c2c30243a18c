"""What the project refuses to start with."""

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def secrets_can_be_encrypted(**kwargs: Any) -> list[CheckMessage]:
    """Without a usable key nothing of a YubiKey could be stored or read."""
    try:
        Fernet(settings.FIELD_ENCRYPTION_KEY)
    except ValueError:
        return [
            Error(
                "FIELD_ENCRYPTION_KEY is not a key of Fernet.",
                hint="Make one with cryptography.fernet.Fernet.generate_key() and keep it secret.",
                id="keys.E001",
            )
        ]
    return []
