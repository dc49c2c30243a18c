"""Writes: the steps of signing in, and accounts. Every step and every refusal is in the audit."""

import logging
from collections.abc import Iterable
from hashlib import sha1
from typing import Any

import django_otp
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from det.definition import core_dataset
from det.models import Agency
from ndtms.accounts import guesses
from ndtms.accounts.models import AGENCY_ROLES, Membership, Role, User, normal_email
from ndtms.accounts.visitors import pseudonym
from ndtms.audit.services import of_account, record, record_up_to
from ndtms.keys import factors, webauthn
from ndtms.keys import selectors as keys
from ndtms.web.saving import save_checked

logger = logging.getLogger(__name__)
CHOSEN_AGENCY = "agency"
"""Session key: of the agency for which somebody with several works now."""
FACTOR_AT, PASSWORD_AT = "factor_used_at", "password_confirmed_at"
"""Session keys: when the person last used a factor, and last entered the password while signed in."""
CONFIRMED_FOR = 5 * 60
CONFIRMING = "confirming"
"""Session key: somebody who is signed in has to use a factor again."""


def check_password(*, request: HttpRequest, email: str, password: str) -> User | None:
    """First step: the person whose e-mail address and password these are, or None.

    Starts a new session, in which the person still has to use a second factor. Somebody without
    one gets a new secret for an app, so that whoever saw an earlier one has no use of it.
    """
    user = authenticate(request, email=normal_email(email), password=password)
    if not isinstance(user, User):
        _record_refused_password(request=request, email=email)
        return None
    login(request, user)
    request.session.pop(CONFIRMING, None)
    if not keys.factors_of(user=user):
        factors.begin_app(user=user)
    return user


def check_code(*, request: HttpRequest, device: Any, code: str) -> bool:
    """Second step: is this a code of that device of the person?

    If so the person is signed in, in a new session, and the device is confirmed if it was not.
    """
    user = device.user
    with transaction.atomic():
        verified = django_otp.verify_token(user, device.persistent_id, code)
        if verified and not verified.confirmed:
            verified.confirmed = True
            verified.save(update_fields=["confirmed"])
            factors.note_new_app(user=user)
    if not verified:
        _refuse(user)
        return False
    accept_factor(request=request, user=user, device=verified)
    return True


def check_key(*, request: HttpRequest, user: User, answer: str) -> bool:
    """Second step: did a FIDO2 key of the person give this answer? If so the person is signed in."""
    device = webauthn.finish_signing_in(request=request, user=user, answer=answer)
    if device is None:
        _refuse(user)
        return False
    accept_factor(request=request, user=user, device=device)
    return True


def accept_factor(*, request: HttpRequest, user: User, device: Any) -> None:
    """The person has used this device just now: both steps are done, in a new session."""
    again = request.session.pop(CONFIRMING, False)
    request.session.pop(factors.MAY_ENROL, None)
    if not again:
        request.session.cycle_key()
    django_otp.login(request, device)
    request.session[FACTOR_AT] = timezone.now().timestamp()
    with transaction.atomic():
        factors.note_enrolled(user=user)
        _record(user=user, verb="confirmed identity" if again else "signed in")


def check_password_again(*, request: HttpRequest, user: User, password: str) -> bool:
    """Before a change of how they sign in: is this the password of the person who is signed in?"""
    if authenticate(request, email=user.email, password=password) != user:
        _record_refused_password(request=request, email=user.email)
        return False
    request.session[PASSWORD_AT] = timezone.now().timestamp()
    request.session[CONFIRMING] = not is_recent(request=request, what=FACTOR_AT)
    return True


def is_recent(*, request: HttpRequest, what: str) -> bool:
    """Did the person do this, FACTOR_AT or PASSWORD_AT, in the last minutes?"""
    age = timezone.now().timestamp() - request.session.get(what, 0)
    return bool(age < CONFIRMED_FOR)


def _refuse(user: User) -> None:
    logger.warning("Account %s: wrong code", user.pk)
    factors.note_refusal(user=user)


def sign_out(*, request: HttpRequest) -> None:
    """Ends the session; nothing of it is kept."""
    if isinstance(request.user, User):
        _record(user=request.user, verb="signed out")
    logout(request)


@transaction.atomic
def create_account(
    *,
    email: str,
    name: str,
    password: str | None,
    role: str = Role.DATA_ENTRY,
    agencies: Iterable[Agency] = (),
    region: str = "",
) -> User:
    """A new account; without a password nobody can sign in to it yet.

    Raises ValidationError for a bad or common password, a taken address, a region that is not one, a regional team
    without one, and agencies of several providers or of somebody who works for none.
    """
    user = User(email=normal_email(email), name=name, role=role, region=region)
    if region and region not in core_dataset().regions:
        raise ValidationError({"region": f"{region} is not a region."})
    if password is None:
        user.set_unusable_password()
    else:
        validate_password(password, user)
        user.set_password(password)
    save_checked(user)
    for agency in agencies:
        add_to_agency(user=user, agency=agency)
    return user


@transaction.atomic
def add_to_agency(*, user: User, agency: Agency) -> None:
    """The person works for the agency from now on.

    Raises ValidationError for an agency of another provider, and for a role that works for no agency.
    """
    if user.role not in AGENCY_ROLES:
        raise ValidationError(f"Somebody in the role {user.get_role_display()} has no agency.")
    others = user.agencies.exclude(pk=agency.pk)
    if any(not agency.provider or other.provider != agency.provider for other in others):
        raise ValidationError("A person can work for several agencies of one provider only.")
    Membership.objects.get_or_create(user=user, agency=agency)


def choose_agency(*, request: HttpRequest, user: User, agency: Agency) -> None:
    """The person works for this agency of theirs until the session ends, or until another is chosen."""
    user.choose(agency)
    request.session[CHOSEN_AGENCY] = agency.pk
    _record(user=user, verb="chose agency")


@transaction.atomic
def make_made_up_account(*, email: str, name: str, **about: Any) -> User:
    """An account for trying things out, with settings.MADE_UP_PASSWORD and an authenticator app.

    `about`: as in create_account. The secret follows from the e-mail address, so it is no secret: refused where
    accounts are real.
    Making the same account again gives the one that is there.
    """
    if not settings.MADE_UP_ACCOUNTS:
        raise PermissionDenied("Made-up accounts are for a machine with made-up data only.")
    user = User.objects.filter(email=normal_email(email)).first()
    if user is None:
        user = create_account(email=email, name=name, password=settings.MADE_UP_PASSWORD, **about)
        key = sha1(f"made-up {user.email}".encode()).hexdigest()  # noqa: S324
        TOTPDevice.objects.create(user=user, name="Made-up app", confirmed=True, key=key)
    return user


def _record(*, user: User, verb: str) -> None:
    record(verb=verb, **of_account(user))


def _record_refused_password(*, request: HttpRequest, email: str) -> None:
    """A known account by its name; what else was typed, perhaps a password, only hashed.

    While nothing is looked at any more nothing is noted, and above so many a day they are only counted.
    """
    logger.warning("Somebody was refused at the password")
    if not guesses.was_counted(request):
        return
    user = User.objects.filter(email=normal_email(email)).first()
    if user:
        record_up_to(settings.MOST_NOTED_OF_ACCOUNT, verb="refused password", **of_account(user))
    else:
        record_up_to(
            settings.MOST_NOTED_OF_NOBODY,
            who=f"unknown {pseudonym(email)}",
            counted_as="unknown",
            verb="refused password",
            section="account",
        )
