"""The kinds of second factor, and a person's factor whatever its kind."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.db import models
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential

from ndtms.keys.models import YubiKeyDevice


class Kind(models.TextChoices):
    """In the order in which a person is offered them who has used none yet. The values are in addresses."""

    KEY = "security-key", "Security key"
    YUBIKEY = "yubikey", "YubiKey one-time password"
    APP = "app", "Authenticator app"
    BACKUP = "backup-code", "Backup code"


MODELS: dict[Kind, Any] = {
    Kind.KEY: WebAuthnCredential,
    Kind.YUBIKEY: YubiKeyDevice,
    Kind.APP: TOTPDevice,
    Kind.BACKUP: StaticDevice,
}
SECURITY_KEYS = (Kind.KEY, Kind.YUBIKEY)
LASTING = (*SECURITY_KEYS, Kind.APP)
"""Kinds that do not run out."""
MOST_KEYS, MOST_APPS = 2, 2
LONGEST_NAME = 64


@dataclass(frozen=True)
class Factor:
    """Something a person signs in with after the password."""

    kind: Kind
    device: Any

    @property
    def pk(self) -> int:
        return int(self.device.pk)

    @property
    def name(self) -> str:
        return str(self.device.name) or self.kind.label

    @property
    def added_at(self) -> datetime.datetime | None:
        return self.device.created_at  # type: ignore[no-any-return]

    @property
    def last_used_at(self) -> datetime.datetime | None:
        return self.device.last_used_at  # type: ignore[no-any-return]

    @property
    def may_be_removed_by_holder(self) -> bool:
        """A YubiKey with one-time passwords is lent: it goes back to the regional team instead."""
        return self.kind != Kind.YUBIKEY
