"""Reads. Whoever asks gets what they may see, or Http404."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from math import ceil

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from ndtms.accounts.models import Role, User
from ndtms.keys.kinds import LASTING, MODELS, SECURITY_KEYS, Factor, Kind
from ndtms.keys.models import (
    RESET_STANDS,
    Enrolled,
    FactorReset,
    RegisteredKey,
    YubiKeyDevice,
    number_in,
)

TEAMS = (Role.REGIONAL, Role.NATIONAL)
"""The roles that lend keys and reset second steps."""
LONG_AGO = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


# A person's factors


def factors_of(*, user: User) -> list[Factor]:
    """All that the person can sign in with, or could if there were codes left; the last used first."""
    if not user.pk:  # nobody is signed in
        return []
    found = [
        Factor(kind, device)
        for kind, model in MODELS.items()
        for device in model.objects.filter(user_id=user.pk, confirmed=True).order_by("pk")
    ]
    return sorted(found, key=lambda factor: factor.last_used_at or LONG_AGO, reverse=True)


def factor_of(*, user: User, kind: str, pk: int) -> Factor:
    """The person's factor of that kind and number; Http404 for anybody else's."""
    for factor in factors_of(user=user):
        if (factor.kind, factor.pk) == (kind, pk):
            return factor
    raise Http404


def kinds_of(*, user: User) -> list[Kind]:
    """The kinds with which the person can sign in now, the last used first."""
    usable = [
        factor.kind
        for factor in factors_of(user=user)
        if factor.kind != Kind.BACKUP or codes_left(user=user)
    ]
    return list(dict.fromkeys(usable))


def codes_left(*, user: User) -> int:
    """How many backup codes have not been used."""
    return StaticToken.objects.filter(device__user_id=user.pk, device__confirmed=True).count()


def security_key_count(*, user: User) -> int:
    return sum(factor.kind in SECURITY_KEYS for factor in factors_of(user=user))


def is_last(*, user: User, factor: Factor) -> bool:
    """Would the person be left without a key or an app, if this were removed?"""
    others = [other for other in factors_of(user=user) if other != factor]
    return not any(other.kind in LASTING for other in others)


def has_second_key(user: User) -> bool:
    """Has the person two security keys, so that losing one keeps nobody out?"""
    return security_key_count(user=user) > 1


def people_without_second_key(users: Iterable[User]) -> list[User]:
    """Those of the people who have fewer than two security keys, in the same order."""
    people = list(users)
    counts = dict.fromkeys((person.pk for person in people), 0)
    for kind in SECURITY_KEYS:
        devices = MODELS[kind].objects.filter(user_id__in=counts, confirmed=True)
        for pk, number in devices.values_list("user_id").annotate(number=Count("pk")):
            counts[pk] += number
    return [person for person in people if counts[person.pk] < 2]


# Lent keys that are not set up yet


def keys_to_set_up(*, user: User) -> list[YubiKeyDevice]:
    """The YubiKeys that are lent to the person, who has not set them up yet."""
    return list(YubiKeyDevice.objects.filter(user_id=user.pk, confirmed=False).order_by("pk"))


def key_to_set_up(*, user: User, code: str) -> YubiKeyDevice | None:
    """That of keys_to_set_up which seems to have made the one-time password, or else one that counts it as wrong."""
    waiting = keys_to_set_up(user=user)
    named = [device for device in waiting if device.pk == number_in(code)]
    return next(iter(named or waiting), None)


# The second step


def device_for(*, user: User, kind: str, code: str) -> Factor:
    """The factor of that kind that has to check the code: the one that seems to have made it.

    Where none seems to have, it is one of the person's, so that the wrong code is counted.
    """
    factors = [factor for factor in factors_of(user=user) if factor.kind == kind]
    for factor in factors:
        device = factor.device
        if isinstance(device, TOTPDevice) and code.isdigit():
            totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
            totp.time = timezone.now().timestamp()
            if totp.verify(int(code), device.tolerance):
                return factor
        if isinstance(device, YubiKeyDevice) and device.pk == number_in(code):
            return factor
    return factors[0]


def seconds_to_wait(*, user: User, kind: str) -> int:
    """How long no code of that kind is looked at, because too many were wrong; 0 where one may be entered."""
    waits = [0]
    for factor in factors_of(user=user):
        if factor.kind == kind != Kind.KEY:
            allowed, why = factor.device.verify_is_allowed()
            if not allowed:
                waits.append(ceil((why["locked_until"] - timezone.now()).total_seconds()))
    return max(1, *waits) if len(waits) > 1 else 0


def needs_enrolment_code(*, user: User) -> bool:
    """Is the password alone not enough to set up a factor? So for whoever has had one before."""
    return Enrolled.objects.filter(user_id=user.pk).exists()


def reset_with_code(*, user: User) -> FactorReset | None:
    """The reset whose enrolment code the person may still enter."""
    latest = last_reset(user=user)
    if latest is None or latest.code_used_at or latest.done_at is None:
        return None
    return latest if timezone.now() - latest.done_at < RESET_STANDS else None


def last_reset(*, user: User) -> FactorReset | None:
    """The last reset of the person that was done, unless their role wants that one more had agreed to it."""
    done = FactorReset.objects.filter(user_id=user.pk, done_at__isnull=False)
    latest = done.select_related("user").first()
    return latest if latest and latest.is_agreed else None


# What a team sees


def people_of(*, by: User) -> QuerySet[User]:
    """The people whose keys a regional or the national team looks after, without the one who asks."""
    people = User.objects.exclude(pk=by.pk).order_by("name", "email")
    if by.role == Role.NATIONAL:
        return people
    if by.role == Role.REGIONAL:
        of_region = Q(agencies__region=by.region) | Q(role=Role.REGIONAL, region=by.region)
        return people.filter(of_region).distinct()
    return people.none()


def person_of(*, by: User, pk: int) -> User:
    """One of people_of; Http404 for anybody else, and for oneself."""
    person = people_of(by=by).filter(pk=pk).first()
    if person is None:
        raise Http404
    return person


def is_of_team(*, user: User) -> bool:
    return user.role in TEAMS


def keys_of(*, by: User) -> QuerySet[RegisteredKey]:
    """The keys of the region, or of all regions for the national team."""
    keys = RegisteredKey.objects.select_related("holder", "device", "replaced_by")
    if by.role == Role.NATIONAL:
        return keys
    return keys.filter(region=by.region) if by.role == Role.REGIONAL else keys.none()


def find_keys(*, by: User, text: str) -> QuerySet[RegisteredKey]:
    """Those of keys_of whose serial number or holder's name has the text in it."""
    keys = keys_of(by=by)
    named = Q(serial__icontains=text) | Q(holder__name__icontains=text)
    return keys.filter(named) if text else keys


def key_of(*, by: User, pk: int) -> RegisteredKey:
    """One of keys_of; Http404 for any other."""
    key = keys_of(by=by).filter(pk=pk).first()
    if key is None:
        raise Http404
    return key


def keys_in_stock(*, by: User, like: RegisteredKey) -> QuerySet[RegisteredKey]:
    """The keys that could replace this one."""
    return keys_of(by=by).filter(holder=None, lost_on=None, region=like.region).exclude(pk=like.pk)


def keys_of_leavers(*, by: User) -> QuerySet[RegisteredKey]:
    """Keys not returned of people whose account is closed."""
    return keys_of(by=by).filter(holder__is_active=False, lost_on=None)


def lent_keys(*, user: User) -> QuerySet[RegisteredKey]:
    """The keys that the person has now."""
    return RegisteredKey.objects.filter(holder_id=user.pk, lost_on=None).select_related("device")


def pending_reset(*, user: User) -> FactorReset | None:
    """The reset of the person's second step that waits for a second member of the team."""
    since = timezone.now() - RESET_STANDS
    waiting = FactorReset.objects.filter(user_id=user.pk, done_at=None, asked_at__gt=since)
    return waiting.select_related("asked_by").first()


def resets_waiting(*, by: User, region: str = "") -> QuerySet[FactorReset]:
    """The resets of people_of that wait for a second member of a team, the oldest first; of one region if given."""
    since = timezone.now() - RESET_STANDS
    people = people_of(by=by)
    if region:
        people = people.filter(Q(agencies__region=region) | Q(region=region))
    waiting = FactorReset.objects.filter(done_at=None, asked_at__gt=since)
    waiting = waiting.filter(user__in=people.order_by().values("pk"))
    return waiting.select_related("user", "asked_by").order_by("asked_at", "pk")


def resets_to_approve(*, by: User, region: str = "") -> QuerySet[FactorReset]:
    """Those of resets_waiting that this member may approve: not what they asked for themselves."""
    return resets_waiting(by=by, region=region).exclude(asked_by=by)


def who_can_approve(*, reset: FactorReset) -> list[User]:
    """The members of teams who may approve the reset."""
    user = reset.user
    regions = [user.region, *user.agencies.values_list("region", flat=True)]
    of_region = Q(role=Role.REGIONAL, region__in=[region for region in regions if region])
    teams = User.objects.filter(of_region | Q(role=Role.NATIONAL), is_active=True)
    return list(teams.exclude(pk__in=[reset.asked_by_id, user.pk]).order_by("pk"))


def find_people(*, by: User, text: str) -> QuerySet[User]:
    """Those of people_of whose name or e-mail address has the text in it."""
    people = people_of(by=by)
    return people.filter(Q(name__icontains=text) | Q(email__icontains=text)) if text else people
