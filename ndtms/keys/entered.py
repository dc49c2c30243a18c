"""What somebody entered in a second step: taken, or what is said about it instead."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils import timezone
from django_otp.oath import hotp
from django_otp.plugins.otp_totp.models import TOTPDevice

from ndtms.accounts.models import User
from ndtms.accounts.selectors import seconds_to_wait
from ndtms.keys import factors, selectors
from ndtms.keys.forms import YubiKeyForm
from ndtms.keys.models import YubiKeyDevice

SECONDS_OFF = 5 * 60
"""A clock that is off by more than that is not told from a wrong code."""
WRONG = "That code is wrong. Enter the 6 numbers that your app shows now"
USED = "That code has been used already. Wait until your app shows a new code, then enter that"
CLOCK = (
    "That code is not the one for this moment. Check that your phone sets its clock automatically,"
    " then enter the code that your app shows"
)
NO_LENT_KEY = (
    "That is no new one-time password of a YubiKey that is lent to you."
    " Click in the field, then touch your YubiKey again"
)
WAIT = "Too many wrong codes. Wait {} seconds, then enter a new one"


def why_refused(*, devices: Iterable[TOTPDevice], code: str) -> str:
    """What is said of a code of 6 numbers that none of these apps of a person took."""
    for device in devices:
        steps = _steps_of(device, int(code))
        if steps:
            is_near = abs(steps[0] - _step_now(device)) <= device.tolerance
            return USED if is_near or device.last_t in steps else CLOCK
    return WRONG


def _steps_of(device: TOTPDevice, code: int) -> list[int]:
    """The moments, in steps of the app, near now, at which the app shows this code; the nearest to now first."""
    now, most = _step_now(device), SECONDS_OFF // device.step
    near = sorted(range(now - most, now + most + 1), key=lambda step: abs(step - now))
    return [step for step in near if hotp(device.bin_key, step, device.digits) == code]


def _step_now(device: TOTPDevice) -> int:
    seconds = int(timezone.now().timestamp()) - device.t0
    return int(seconds // device.step + device.drift)


def lent_key_set_up(*, user: User, form: YubiKeyForm) -> YubiKeyDevice | None:
    """The lent YubiKey whose one-time password was entered, set up from now on; None where the form says what to do."""
    code = form.cleaned_data["code"]
    device = selectors.key_to_set_up(user=user, code=code)
    wait = seconds_to_wait(device=device) if device else 0
    if wait:
        form.add_error("code", WAIT.format(wait))
        return None
    try:
        device = factors.set_up_lent_key(user=user, code=code)
    except ValidationError as error:
        form.add_error(None, error)
        return None
    if device is None:
        form.add_error("code", NO_LENT_KEY)
    return device
