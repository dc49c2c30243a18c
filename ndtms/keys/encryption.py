"""Secrets that have to be read again are encrypted in the database; codes are only hashed."""

from cryptography.fernet import Fernet
from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac


def encrypt(secret: bytes) -> str:
    return Fernet(settings.FIELD_ENCRYPTION_KEY).encrypt(secret).decode()


def decrypt(stored: str) -> bytes:
    return Fernet(settings.FIELD_ENCRYPTION_KEY).decrypt(stored.encode())


def hashed(code: str, *, purpose: str) -> str:
    """What is stored of a code that somebody is told; the same code has another hash for another purpose."""
    return salted_hmac(f"ndtms.keys.{purpose}", code, algorithm="sha256").hexdigest()


def is_same(code: str, stored: str, *, purpose: str) -> bool:
    return bool(stored) and constant_time_compare(hashed(code, purpose=purpose), stored)
