"""Security keys, the register of those that are lent, and resets of the second step."""

from __future__ import annotations

import datetime
import secrets
from struct import pack, unpack
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from yubiotp.modhex import is_modhex, modhex, unmodhex
from yubiotp.otp import decode_otp

from ndtms.accounts.models import Role, User
from ndtms.keys.encryption import decrypt, encrypt

if TYPE_CHECKING:
    from yubiotp.otp import OTP

PRIVATE_ID_BYTES, AES_KEY_BYTES = 6, 16
PUBLIC_ID_LETTERS, CODE_LETTERS = 8, 32
"""Letters of a one-time password: first the key's public id, then the encrypted rest."""
NEEDS_TWO = (Role.LEAD, Role.REGIONAL, Role.NATIONAL)
"""Roles that may see much: two people have to agree to a reset."""
STILL_NEEDS_TWO = datetime.timedelta(days=30)
"""So long two have to agree after the role was lowered, so that nobody lowers it only to get round the second."""
RESET_STANDS = datetime.timedelta(hours=24)
"""So long a reset waits for a second person, and an enrolment code can be entered."""


def some_private_id() -> str:
    return secrets.token_hex(PRIVATE_ID_BYTES)


def some_aes_key() -> str:
    return encrypt(secrets.token_bytes(AES_KEY_BYTES))


def needs_two(user: User) -> bool:
    """Do two members of a team have to agree before the person can sign in in a new way?"""
    lowered = user.role_lowered_at
    return user.role in NEEDS_TWO or (
        lowered is not None and timezone.now() - lowered < STILL_NEEDS_TWO
    )


class YubiKeyDevice(TimestampMixin, ThrottlingMixin, Device):
    """A YubiKey whose one-time passwords are checked on this machine.

    It belongs to nobody until it is lent, and again after it came back. Lent, it is confirmed only once its holder has
    set it up: a team that lends a key knows its secrets, and would otherwise have a factor of the holder's.
    """

    user: models.ForeignKey[User | None, User | None] = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
    )
    private_id: models.CharField[str, str] = models.CharField(
        max_length=12, default=some_private_id, editable=False
    )
    encrypted_key: models.TextField[str, str] = models.TextField(
        default=some_aes_key, editable=False
    )
    session: models.PositiveIntegerField[int, int] = models.PositiveIntegerField(default=0)
    counter: models.PositiveIntegerField[int, int] = models.PositiveIntegerField(default=0)

    @property
    def waits_for_holder(self) -> bool:
        return self.user_id is not None and not self.confirmed

    @property
    def public_id(self) -> str:
        """The number of the row, in the letters that are the same on every keyboard."""
        return modhex(pack(">I", self.pk)).decode()

    @property
    def aes_key(self) -> bytes:
        return decrypt(self.encrypted_key)

    def verify_token(self, token: str) -> bool:
        """Is this a one-time password of this key, later than every one that was accepted?"""
        if not self.verify_is_allowed()[0]:
            return False
        read = self._read(token)
        if read is None or (read.session, read.counter) <= (self.session, self.counter):
            self.throttle_increment()
            return False
        self.session, self.counter = read.session, read.counter
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True

    def get_throttle_factor(self) -> int:
        return 1

    def _read(self, token: str) -> OTP | None:
        """What is in the one-time password, if this key made it."""
        if number_in(token) != self.pk:
            return None
        try:
            _, read = decode_otp(token.encode(), self.aes_key)
        except ValueError:
            return None
        return read if read.uid.hex() == self.private_id else None


def number_in(token: str) -> int | None:
    """The number of the row of the key that says it made the one-time password; None for other text."""
    if len(token) != PUBLIC_ID_LETTERS + CODE_LETTERS or not token.isascii():
        return None
    if not is_modhex(token.encode()):
        return None
    return int(unpack(">I", unmodhex(token[:PUBLIC_ID_LETTERS].encode()))[0])


class RegisteredKey(models.Model):
    """A security key that a regional team owns, and to whom it is lent."""

    class Kind(models.TextChoices):
        FIDO2 = "fido2", "FIDO2 security key"
        OTP = "otp", "One-time password (YubiKey)"

    serial = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=5, choices=Kind)
    region = models.CharField(max_length=40)
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="lent_keys",
    )
    """Who has it now, or had it when it was lost."""
    terms_signed_on = models.DateField(null=True, blank=True)
    terms_signed_by = models.CharField(max_length=100, blank=True)
    lent_on = models.DateField(null=True, blank=True)
    recalled_on = models.DateField(null=True, blank=True)
    """When the holder was asked to give it back."""
    returned_on = models.DateField(null=True, blank=True)
    lost_on = models.DateField(null=True, blank=True)
    replaced_by = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaces"
    )
    device = models.OneToOneField(
        YubiKeyDevice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="registered",
    )
    """What checks the one-time passwords of this key; none for a FIDO2 key, which its holder adds."""

    class Meta:
        ordering = ["serial"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="otp", device__isnull=False)
                | Q(kind="fido2", device__isnull=True),
                name="key_device_of_one_time_password",
            ),
            models.CheckConstraint(
                condition=Q(holder=None)
                | Q(lent_on__isnull=False, terms_signed_on__isnull=False) & ~Q(terms_signed_by=""),
                name="key_lent_with_terms",
            ),
        ]

    def __str__(self) -> str:
        return self.serial

    @property
    def is_lent(self) -> bool:
        return self.holder_id is not None and self.lost_on is None

    @property
    def is_in_stock(self) -> bool:
        return self.holder_id is None and self.lost_on is None

    @property
    def waits_for_holder(self) -> bool:
        """Is it lent, and cannot be used before its holder has set it up?"""
        return self.is_lent and self.device is not None and self.device.waits_for_holder

    @property
    def state(self) -> str:
        if self.lost_on:
            return "Replaced" if self.replaced_by_id else "Lost"
        if self.holder_id is None:
            return "In stock"
        return "To be returned" if self.recalled_on else "Lent"


class Enrolled(models.Model):
    """Somebody who has had a second factor.

    They set up another with one that they have, or with a code from the regional team: the password alone is enough
    only for the very first.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="enrolled"
    )
    at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"{self.user} {self.at:%Y-%m-%d}"


class FactorReset(models.Model):
    """All second factors of a person taken away, because a key is lost; and the code for a new one."""

    class Check(models.TextChoices):
        CALLED_BACK = "called_back", "I called back on the agency's known telephone number"
        IN_PERSON = "in_person", "I saw the person"
        LEAD = "lead", "The provider lead confirmed it"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="factor_resets"
    )
    check_made = models.CharField(max_length=11, choices=Check)
    note = models.CharField(max_length=500, blank=True)
    lost_keys = models.ManyToManyField(RegisteredKey, blank=True, related_name="+")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(default=timezone.now, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    code_hash = models.CharField(max_length=64, blank=True)
    code_used_at = models.DateTimeField(null=True, blank=True)
    wrong_codes = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(asked_by=models.F("user")) & ~Q(approved_by=models.F("user")),
                name="reset_not_by_oneself",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=models.F("asked_by")),
                name="reset_approved_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.asked_at:%Y-%m-%d %H:%M}"

    @property
    def waits_until(self) -> datetime.datetime:
        """Until when a second member of a team can approve it."""
        return self.asked_at + RESET_STANDS

    @property
    def is_agreed(self) -> bool:
        """Have as many people agreed as must? The person may have got another role since it was asked for."""
        return self.approved_by_id is not None or not needs_two(self.user)
