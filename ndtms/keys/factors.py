"""Writes: what a person signs in with. Every change is in the audit, and the person gets a mail."""

from __future__ import annotations

import secrets

import django_otp
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp_webauthn.models import WebAuthnCredential

from ndtms.accounts.models import User
from ndtms.accounts.sessions import end_sessions
from ndtms.audit.services import of_account, record, record_up_to
from ndtms.keys import mails, selectors, webauthn
from ndtms.keys.encryption import hashed, is_same
from ndtms.keys.kinds import MOST_APPS, MOST_KEYS, Factor
from ndtms.keys.models import Enrolled, YubiKeyDevice, needs_two

CODES = 8
CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""None that look like one another."""
CODE_LENGTH = 8
STORED_LENGTH = 16
ENROLMENT_DIGITS = 12
WRONG_CODES = 5
"""So many wrong enrolment codes, and another has to be asked for."""
MAY_ENROL = "may_enrol"
"""Session key: of the reset whose enrolment code was entered in this session."""


def lock(*, user: User) -> User:
    """The person as stored now. Whoever else changes the account, or how they sign in, waits for the transaction.

    It comes first in a transaction, before what belongs to the person; the audit comes last (decision 18).
    """
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def check_room_for_key(*, user: User) -> None:
    """Raises ValidationError for somebody who has as many security keys as a person may have."""
    if selectors.security_key_count(user=user) >= MOST_KEYS:
        raise ValidationError(
            f"A person can have {MOST_KEYS} security keys. Remove one before you add another."
        )


@transaction.atomic
def add_key(
    *, request: HttpRequest, user: User, answer: str, name: str
) -> WebAuthnCredential | None:
    """The FIDO2 key that gave the answer is the person's from now on; None where the answer is wrong.

    Raises ValidationError where the person has enough keys.
    """
    lock(user=user)
    check_room_for_key(user=user)
    device = webauthn.finish_adding(request=request, user=user, answer=answer, name=name)
    if device is None:
        note_refusal(user=user)
        return None
    _note_change(user=user, verb="added security key", told="A security key was added", kind="KEY")
    return device


@transaction.atomic
def begin_app(*, user: User) -> TOTPDevice:
    """A new secret for an app that the person sets up; one that was not used before is forgotten.

    Raises ValidationError where the person has enough apps.
    """
    lock(user=user)
    if TOTPDevice.objects.filter(user=user, confirmed=True).count() >= MOST_APPS:
        raise ValidationError(
            f"A person can have {MOST_APPS} authenticator apps. Remove one before you add another."
        )
    TOTPDevice.objects.filter(user=user, confirmed=False).delete()
    return TOTPDevice.objects.create(user=user, name="Authenticator app", confirmed=False)


@transaction.atomic
def confirm_app(*, user: User, device: TOTPDevice, code: str) -> bool:
    """The app is the person's from now on, if it shows this code."""
    verified = django_otp.verify_token(user, device.persistent_id, code)
    if verified is None:
        note_refusal(user=user)
        return False
    verified.confirmed = True
    verified.save(update_fields=["confirmed"])
    note_new_app(user=user)
    return True


def note_new_app(*, user: User) -> None:
    _note_change(
        user=user,
        verb="set up authenticator app",
        told="An authenticator app was set up",
        kind="APP",
    )


@transaction.atomic
def set_up_lent_key(*, user: User, code: str) -> YubiKeyDevice | None:
    """The YubiKey that is lent to the person and made this one-time password is a factor of theirs from now on.

    None where no such key made it. Raises ValidationError where the person has enough keys.
    """
    lock(user=user)
    check_room_for_key(user=user)
    device = selectors.key_to_set_up(user=user, code=code)
    if device is not None:
        device = django_otp.verify_token(user, device.persistent_id, code)
    if device is None:
        note_refusal(user=user)
        return None
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    note_enrolled(user=user)
    _note_change(
        user=user,
        verb="set up lent key",
        told="The YubiKey that is lent to you was set up",
        kind="YUBIKEY",
    )
    return device


@transaction.atomic
def rename(*, user: User, factor: Factor, name: str) -> None:
    """The factor has this name from now on."""
    factor.device.name = name
    factor.device.save(update_fields=["name"])
    _note_change(
        user=user,
        verb="renamed factor",
        told="One of your ways of signing in has another name",
        kind=factor.kind.name,
    )


@transaction.atomic
def remove(*, user: User, factor: Factor, session_key: str | None) -> None:
    """The person signs in with this no more; their other sessions end.

    Raises ValidationError for the last key or app, and for a key that is lent.
    """
    lock(user=user)
    if not factor.may_be_removed_by_holder:
        raise ValidationError("This key is lent to you. Give it back to your regional team.")
    if selectors.is_last(user=user, factor=factor):
        raise ValidationError(
            "You cannot remove this: you need a security key or an authenticator app to sign in."
            " Add another one first."
        )
    factor.device.delete()
    end_sessions(user=user, keep=session_key)
    _note_change(
        user=user,
        verb="removed factor",
        told=f"{factor.kind.label}: one was removed",
        kind=factor.kind.name,
    )


# Backup codes


def stored_backup_code(*, user: User, code: str) -> str:
    """What is stored of a backup code: enough to recognise it, and of no use to whoever reads it."""
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashed(f"{user.pk} {plain}", purpose="backup code")[:STORED_LENGTH]


@transaction.atomic
def give_backup_codes(*, user: User, by: User, check_made: str) -> list[str]:
    """New backup codes for the person; earlier ones are worth nothing any more. They are shown only now.

    Raises ValidationError for oneself, a closed account, and for roles for which two people have to agree to a reset:
    otherwise codes would be a way around the second of them.
    """
    user = lock(user=user)
    if user == by or not user.is_active or needs_two(user):
        raise ValidationError(
            "Backup codes cannot be given to this person. If a key is lost, reset the second step."
        )
    end_backup_codes(user=user)
    device = StaticDevice.objects.create(user=user, name="Backup codes", confirmed=True)
    codes = [_some_code() for _ in range(CODES)]
    for code in codes:
        StaticToken.objects.create(device=device, token=stored_backup_code(user=user, code=code))
    mails.tell(
        user=user,
        subject="you have new backup codes",
        told=f"Your regional team gave you {CODES} new backup codes. Older ones do not work any more.",
    )
    record(
        who=by.email,
        region=by.region,
        verb="gave backup codes",
        section="account",
        detail={"account": user.pk, "check": check_made},
    )
    return codes


def end_backup_codes(*, user: User) -> None:
    """The person's backup codes are worth nothing from now on.

    One member of a team alone gave them: they are not for somebody for whom two have to agree.
    """
    StaticDevice.objects.filter(user=user).delete()


def _some_code() -> str:
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    return f"{code[:4]}-{code[4:]}"


# Enrolment


def may_enrol(*, request: HttpRequest, user: User) -> bool:
    """May the person set up a first factor in this session, in which the password was entered?"""
    if selectors.factors_of(user=user):
        return False
    if not selectors.needs_enrolment_code(user=user):
        return True
    accepted = request.session.get(MAY_ENROL)
    latest = selectors.last_reset(user=user)
    return accepted is not None and latest is not None and accepted == latest.pk


def accept_enrolment_code(*, request: HttpRequest, user: User, code: str) -> bool:
    """Is this the code that the regional team read out? It counts once, and a few may be wrong."""
    with transaction.atomic():
        lock(user=user)
        reset = selectors.reset_with_code(user=user)
        right = False
        if reset is not None and reset.wrong_codes < WRONG_CODES:
            right = is_same(digits_of(code), reset.code_hash, purpose=f"enrolment {reset.pk}")
            if right:
                reset.code_used_at = timezone.now()
                request.session[MAY_ENROL] = reset.pk
            else:
                reset.wrong_codes += 1
            reset.save(update_fields=["code_used_at", "wrong_codes"])
        _record(user=user, verb="entered enrolment code" if right else "refused code")
    return right


def digits_of(code: str) -> str:
    return "".join(letter for letter in code if letter.isascii() and letter.isdigit())


def note_enrolled(*, user: User) -> None:
    """From now on the password alone is not enough to set up a factor."""
    Enrolled.objects.get_or_create(user=user)


def note_refusal(*, user: User) -> None:
    """Somebody with the person's password has no second factor; above so many a day they are only counted."""
    record_up_to(settings.MOST_NOTED_OF_ACCOUNT, verb="refused code", **of_account(user))


def _note_change(*, user: User, verb: str, told: str, kind: str) -> None:
    mails.tell(
        user=user,
        subject="how you sign in was changed",
        told=f"{told}. You sign in to the Data Entry Tool with your password and one of these.",
    )
    _record(user=user, verb=verb, detail={"kind": kind})


def _record(*, user: User, verb: str, detail: dict[str, str] | None = None) -> None:
    record(verb=verb, detail=detail, **of_account(user))
