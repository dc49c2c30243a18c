"""Reads."""

from base64 import b32encode
from math import ceil
from time import time
from typing import Any

import segno
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from det.models import Agency
from ndtms.accounts.models import AGENCY_ROLES, User


def is_verified(*, user: Any) -> bool:
    """Has this visitor entered password and code? Visitors are as django-otp's middleware leaves
    them, or as signing out does."""
    return hasattr(user, "is_verified") and bool(user.is_verified())


def agencies_of(*, user: User) -> list[Agency]:
    """The agencies that the person works for, by name; none for people of other roles."""
    if user.role not in AGENCY_ROLES:
        return []
    return list(user.agencies.order_by("name", "code"))


def device_to_confirm(*, user: Any) -> TOTPDevice | None:
    """The first authenticator app that the person is setting up."""
    return TOTPDevice.objects.filter(user_id=user.pk, confirmed=False).first()


def seconds_to_wait(*, device: TOTPDevice) -> int:
    """How long no code is looked at, because too many were wrong; 0 where one may be entered."""
    allowed, why = device.verify_is_allowed()
    if allowed:
        return 0
    return max(1, ceil((why["locked_until"] - timezone.now()).total_seconds()))


def typed_secret(*, device: TOTPDevice) -> str:
    """The secret as a person types it into an app: groups of four."""
    secret = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def qr_code(*, device: TOTPDevice) -> str:
    """The secret as a picture for an app's camera: an SVG in a data: address."""
    return str(segno.make(device.config_url, error="m").svg_data_uri(scale=5, border=4))


def made_up_accounts() -> QuerySet[User]:
    """The accounts that the sign-in page may name: none but on a machine with made-up data."""
    if not settings.MADE_UP_ACCOUNTS:
        return User.objects.none()
    people = User.objects.filter(is_active=True).prefetch_related("agencies")
    return people.order_by("role", "email")


def made_up_code(*, device: TOTPDevice) -> str:
    """The next code that a made-up account's app would show, skipping one that has been used."""
    if not settings.MADE_UP_ACCOUNTS:
        return ""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = max(time(), (device.last_t + 1 - device.drift) * device.step + device.t0)
    return f"{totp.token():06}"
