"""Writes: the register of keys that are lent, and resets of a person's second step."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from det.checking import today
from ndtms.accounts.models import Role, User
from ndtms.accounts.sessions import end_sessions
from ndtms.audit.services import record
from ndtms.keys import mails, selectors
from ndtms.keys.encryption import hashed
from ndtms.keys.factors import ENROLMENT_DIGITS, check_room_for_key, lock, note_enrolled
from ndtms.keys.kinds import MODELS, MOST_KEYS, Kind
from ndtms.keys.models import FactorReset, RegisteredKey, YubiKeyDevice, needs_two
from ndtms.web.saving import save_checked

# The register


@transaction.atomic
def add_key(*, by: User, serial: str, kind: str, region: str) -> RegisteredKey:
    """A key that the regional team has in stock from now on.

    One for one-time passwords gets an identity and an AES key with which it has to be programmed.
    Raises ValidationError for a serial number that is registered, and for another team's region.
    """
    if by.role == Role.REGIONAL and region != by.region:
        raise ValidationError({"region": "You can add keys of your own region only."})
    key = RegisteredKey(serial=serial, kind=kind, region=region)
    if kind == RegisteredKey.Kind.OTP:
        key.device = YubiKeyDevice.objects.create(name=f"YubiKey {serial}"[:64], confirmed=False)
    save_checked(key)
    _record(by=by, verb="added key", key=key)
    return key


@transaction.atomic
def lend_key(
    *, by: User, key: RegisteredKey, holder: User, signed_on: datetime.date, signed_by: str
) -> None:
    """The person has the key from now on, and has signed the terms of the loan.

    Nobody signs in with it before the person has set it up themselves (factors.set_up_lent_key, factors.add_key).
    Raises ValidationError for a key that is not in stock, a closed account, somebody with enough keys, and terms that
    are signed in the future.
    """
    _lend(key=key, holder=lock(user=holder), signed_on=signed_on, signed_by=signed_by)
    _record(by=by, verb="lent key", key=key, account=holder)


def _lend(*, key: RegisteredKey, holder: User, signed_on: datetime.date, signed_by: str) -> None:
    key = _locked(key)
    if not key.is_in_stock:
        raise ValidationError("This key is not in stock.")
    if not holder.is_active:
        raise ValidationError("This account is closed. A key cannot be lent to it.")
    if signed_on > today():
        raise ValidationError({"signed_on": "The day on which the terms were signed has not come."})
    if selectors.lent_keys(user=holder).count() >= MOST_KEYS:
        raise ValidationError(f"This person has {MOST_KEYS} keys. Take one back first.")
    key.holder, key.lent_on = holder, today()
    key.terms_signed_on, key.terms_signed_by = signed_on, signed_by
    key.returned_on = key.recalled_on = None
    if key.device:
        check_room_for_key(user=holder)
        key.device.user, key.device.confirmed = holder, False
        key.device.save(update_fields=["user", "confirmed"])
    key.full_clean()
    key.save()
    mails.tell(
        user=holder,
        subject="a security key is lent to you",
        told=(
            f"The security key with the serial number {key.serial} is lent to you. Before you can sign in with it you"
            " have to set it up yourself: sign in, open “Your sign-in” and follow what it says there."
        ),
    )


@transaction.atomic
def return_key(*, by: User, key: RegisteredKey) -> None:
    """The key is in stock again, and its holder cannot sign in with it any more.

    Raises ValidationError for a key that is not lent.
    """
    key = _locked(key)
    if not key.is_lent:
        raise ValidationError("This key is not lent to anybody.")
    holder = key.holder
    taken = _disconnect(key)
    key.holder, key.returned_on, key.recalled_on = None, today(), None
    key.save()
    _tell_holder(holder, key, "was given back", taken)
    _record(by=by, verb="took key back", key=key, account=holder)


@transaction.atomic
def lose_key(*, by: User, key: RegisteredKey) -> None:
    """The key is lost: nobody signs in with it any more, its holder's sessions end, and it is never lent again.

    Raises ValidationError for a key that is lost already.
    """
    key = _lose(key)
    _record(by=by, verb="marked key lost", key=key, account=key.holder)


@transaction.atomic
def replace_key(*, by: User, key: RegisteredKey, replacement: RegisteredKey) -> None:
    """The key is lost or broken; its holder has another one from now on, under the terms that they signed.

    Raises ValidationError for a key that was replaced or that nobody had, and for a replacement that is not in stock.
    """
    key = _locked(key)
    holder, signed_on = key.holder, key.terms_signed_on
    if key.replaced_by_id or holder is None or signed_on is None:
        raise ValidationError("This key cannot be replaced: nobody had it, or it was replaced.")
    is_new_loss = not key.lost_on
    if is_new_loss:
        key = _lose(key)
    _lend(key=replacement, holder=holder, signed_on=signed_on, signed_by=key.terms_signed_by)
    key.replaced_by = replacement
    key.save(update_fields=["replaced_by"])
    if is_new_loss:
        _record(by=by, verb="marked key lost", key=key, account=holder)
    _record(by=by, verb="lent key", key=replacement, account=holder)
    _record(by=by, verb="replaced key", key=key, account=holder)


def recall_keys(*, user: User) -> list[RegisteredKey]:
    """The keys that the person has, marked as to be returned. Nobody signs in with them meanwhile.

    For a caller that has locked the person, and calls note_recalled after.
    """
    keys = list(selectors.lent_keys(user=user).select_for_update(of=("self",), no_key=True))
    for key in keys:
        _disconnect(key)
        key.recalled_on = key.recalled_on or today()
        key.save(update_fields=["recalled_on"])
    if keys:
        numbers = ", ".join(key.serial for key in keys)
        mails.tell(
            user=user,
            subject="please return your security keys",
            told=f"Please send these security keys back to your regional team: {numbers}.",
        )
    return keys


def note_recalled(keys: Iterable[RegisteredKey], *, user: User, by: User) -> None:
    """Into the audit, which comes last in a transaction."""
    for key in keys:
        _record(by=by, verb="recalled key", key=key, account=user)


def _lose(key: RegisteredKey) -> RegisteredKey:
    key = _locked(key)
    if key.lost_on:
        raise ValidationError("This key is lost already.")
    taken = _disconnect(key)
    key.lost_on = today()
    key.save(update_fields=["lost_on"])
    if key.holder:
        end_sessions(user=key.holder)
        _tell_holder(key.holder, key, "is marked as lost, and you were signed out", taken)
    return key


def _locked(key: RegisteredKey) -> RegisteredKey:
    """The key as it is stored now; whoever else changes it, or how its holder signs in, waits.

    The holder comes first, as in a reset: two who lock in different orders would wait for each other for ever.
    Raises ValidationError where somebody else has it now than when it was looked at.
    """
    if key.holder:
        lock(user=key.holder)
    now = RegisteredKey.objects.select_for_update(of=("self",), no_key=True).get(pk=key.pk)
    if now.holder_id != key.holder_id:
        raise ValidationError("A colleague has changed who has this key. Look at it again.")
    return now


def _disconnect(key: RegisteredKey) -> int:
    """Nobody signs in with the key. How many FIDO2 keys of its holder were taken away for that.

    The register does not know which of the holder's FIDO2 keys it is, so all of them go. The counters of one for
    one-time passwords stay, so that no old one counts later.
    """
    if key.device:
        key.device.user, key.device.confirmed = None, False
        key.device.save(update_fields=["user", "confirmed"])
        return 0
    if key.holder is None:
        return 0
    taken, _ = MODELS[Kind.KEY].objects.filter(user=key.holder).delete()
    if taken:
        note_enrolled(user=key.holder)
    return int(taken)


def _tell_holder(holder: User | None, key: RegisteredKey, what: str, taken: int) -> None:
    if holder is None:
        return
    told = (
        f"The security key with the serial number {key.serial} {what}. You cannot sign in with it."
    )
    if taken:
        told += (
            " Because we do not know which of your security keys it is, none of those that you added can be used any"
            " more. Sign in in another way and add the ones that you still have again. If you have no other way, ring"
            " your regional team."
        )
    mails.tell(user=holder, subject="your security key", told=told)


# Resets


@transaction.atomic
def ask_reset(
    *,
    user: User,
    by: User,
    check_made: str,
    note: str = "",
    lost_keys: Iterable[RegisteredKey] = (),
) -> tuple[FactorReset, str]:
    """The person has lost a key: what was done to make sure that it is them, and which keys are lost.

    With it the enrolment code, which is shown only now; it is "" where a second member of the team has to approve.
    Raises ValidationError for oneself, and where a reset waits already.
    """
    if user == by:
        raise ValidationError("You cannot reset your own second step. Ask a colleague.")
    user = lock(user=user)
    if selectors.pending_reset(user=user):
        raise ValidationError("A reset of this person waits to be approved.")
    reset = FactorReset.objects.create(user=user, asked_by=by, check_made=check_made, note=note)
    reset.lost_keys.set(lost_keys)
    if needs_two(user):
        for colleague in selectors.who_can_approve(reset=reset):
            mails.ask_to_approve(reset=reset, colleague=colleague)
        _record(by=by, verb="asked for reset of factors", account=user)
        return reset, ""
    return reset, _carry_out(reset=reset, by=by)


@transaction.atomic
def approve_reset(*, reset: FactorReset, by: User) -> str:
    """A second member of the team agrees. The enrolment code, which is shown only now.

    Raises ValidationError for whoever asked for it or is to be reset, and for a reset that does not wait any more.
    """
    lock(user=reset.user)
    waiting = selectors.pending_reset(user=reset.user)
    if waiting is None or waiting.pk != reset.pk:
        raise ValidationError("This reset does not wait to be approved any more.")
    if by.pk in (reset.asked_by_id, reset.user_id):
        raise ValidationError("Another member of the team has to approve this.")
    reset.approved_by = by
    return _carry_out(reset=reset, by=by)


@transaction.atomic
def withdraw_reset(*, reset: FactorReset, by: User) -> None:
    """The reset that waited is not done. Raises ValidationError for one that a colleague approved or withdrew."""
    user = lock(user=reset.user)
    waiting = FactorReset.objects.filter(pk=reset.pk, done_at=None)
    if not waiting.exists():
        raise ValidationError("A colleague has approved or withdrawn this reset already.")
    waiting.delete()
    _record(by=by, verb="withdrew reset of factors", account=user)


def _carry_out(*, reset: FactorReset, by: User) -> str:
    """Takes away every kind of factor that there is. The code for setting up a new one."""
    user = reset.user
    lost = [
        _lose(key)
        for key in selectors.lent_keys(user=user).filter(pk__in=reset.lost_keys.values("pk"))
    ]
    for model in MODELS.values():
        if model is not YubiKeyDevice:
            model.objects.filter(user=user).delete()
    # The lent keys that are left stay the register's, which knows their counters: to be set up again like a new one.
    YubiKeyDevice.objects.filter(user=user).update(confirmed=False)
    note_enrolled(user=user)
    end_sessions(user=user)
    code = "".join(secrets.choice("0123456789") for _ in range(ENROLMENT_DIGITS))
    reset.code_hash = hashed(code, purpose=f"enrolment {reset.pk}")
    reset.done_at = timezone.now()
    reset.save()
    mails.tell(
        user=user,
        subject="your second step of signing in was reset",
        told=(
            "Your security keys, authenticator apps and backup codes for the Data Entry Tool do not work any more."
            " Sign in with your password and the code that your regional team gives you on the telephone."
        ),
    )
    for key in lost:
        _record(by=by, verb="marked key lost", key=key, account=user)
    _record(by=by, verb="reset factors", account=user)
    return " ".join(code[start : start + 4] for start in range(0, ENROLMENT_DIGITS, 4))


def _record(
    *, by: User, verb: str, key: RegisteredKey | None = None, account: User | None = None
) -> None:
    detail: dict[str, int] = {}
    if key:
        detail["key"] = key.pk
    if account:
        detail["account"] = account.pk
    record(who=by.email, region=by.region, verb=verb, section="account", detail=detail)
