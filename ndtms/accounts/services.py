"""Writes: the steps of signing in, and accounts. Every step and every refusal is in the audit."""

import logging
from hashlib import sha1

import django_otp
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django_otp.plugins.otp_totp.models import TOTPDevice

from det.models import Agency
from ndtms.accounts import selectors
from ndtms.accounts.models import User, normal_email
from ndtms.accounts.visitors import pseudonym
from ndtms.audit.services import record

logger = logging.getLogger(__name__)


def check_password(*, request: HttpRequest, email: str, password: str) -> User | None:
    """First step: the person whose e-mail address and password these are, or None.

    Starts a new session, in which the person still has to enter a code. Somebody without an
    authenticator app gets a new secret, so that whoever saw an earlier one has no use of it.
    """
    user = authenticate(request, email=normal_email(email), password=password)
    if not isinstance(user, User):
        _record_refused_password(email=email)
        return None
    login(request, user)
    if not selectors.confirmed_device(user=user):
        with transaction.atomic():
            TOTPDevice.objects.filter(user=user, confirmed=False).delete()
            TOTPDevice.objects.create(user=user, name="Authenticator app", confirmed=False)
    return user


def check_code(*, request: HttpRequest, device: TOTPDevice, code: str) -> bool:
    """Second step: is this the code that the person's authenticator app shows now?

    If so the person is signed in, in a new session, and the device is confirmed if it was not.
    """
    user = device.user
    with transaction.atomic():
        verified = django_otp.verify_token(user, device.persistent_id, code)
        if verified and not verified.confirmed:
            verified.confirmed = True
            verified.save(update_fields=["confirmed"])
            _record(user=user, verb="set up authenticator app")
    if not verified:
        logger.warning("Account %s: wrong code", user.pk)
        _record(user=user, verb="refused code")
        return False
    request.session.cycle_key()
    django_otp.login(request, verified)
    _record(user=user, verb="signed in")
    return True


def sign_out(*, request: HttpRequest) -> None:
    """Ends the session; nothing of it is kept."""
    if isinstance(request.user, User):
        _record(user=request.user, verb="signed out")
    logout(request)


@transaction.atomic
def create_account(*, email: str, name: str, agency: Agency | None, password: str) -> User:
    """A new account. Raises ValidationError for a bad or common password, or a taken address."""
    user = User(email=normal_email(email), name=name, agency=agency)
    validate_password(password, user)
    user.set_password(password)
    user.full_clean()
    user.save()
    return user


@transaction.atomic
def make_made_up_account(*, agency: Agency | None, email: str, name: str) -> User:
    """An account for trying things out, with settings.MADE_UP_PASSWORD and an authenticator app.

    The secret follows from the e-mail address, so it is no secret: refused where accounts are real.
    Making the same account again gives the one that is there.
    """
    if not settings.MADE_UP_ACCOUNTS:
        raise PermissionDenied("Made-up accounts are for a machine with made-up data only.")
    user = User.objects.filter(email=normal_email(email)).first()
    if user is None:
        user = create_account(
            email=email, name=name, agency=agency, password=settings.MADE_UP_PASSWORD
        )
        key = sha1(f"made-up {user.email}".encode()).hexdigest()  # noqa: S324
        TOTPDevice.objects.create(user=user, name="Made-up app", confirmed=True, key=key)
    return user


def _record(*, user: User, verb: str) -> None:
    agency = user.agency.code if user.agency else ""
    record(who=user.email, agency=agency, verb=verb, section="account")


def _record_refused_password(*, email: str) -> None:
    """A known account by its name; what else was typed, perhaps a password, only hashed."""
    logger.warning("Somebody was refused at the password")
    user = User.objects.filter(email=normal_email(email)).first()
    if user:
        _record(user=user, verb="refused password")
    else:
        record(who=f"unknown {pseudonym(email)}", verb="refused password", section="account")
