"""Reads: who of the teams has declared and learned what they must each year, and who has not."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Max, QuerySet

from det.checking import today
from ndtms.accounts.models import Role, User
from ndtms.regions.models import STAFF_ROLES, Declaration
from ndtms.web.days import years_after

WARNED_BEFORE = datetime.timedelta(days=30)


@dataclass(frozen=True)
class Duty:
    """What somebody must do each year, and until when it is done."""

    kind: str
    title: str
    lapses_on: datetime.date | None
    """The first day on which it holds no more; None where it was never recorded."""
    today: datetime.date

    @property
    def is_lapsed(self) -> bool:
        return self.lapses_on is None or self.lapses_on <= self.today

    @property
    def is_due(self) -> bool:
        """Has it lapsed, or will it within 30 days?"""
        return self.lapses_on is None or self.lapses_on - WARNED_BEFORE <= self.today


def duties_of(*, person: User) -> list[Duty]:
    """What the person must do each year; nothing for people who are not of a regional or national team."""
    return duties_of_all(people=[person])[person.pk]


def duties_of_all(*, people: Iterable[User]) -> dict[int, list[Duty]]:
    """As duties_of, of many people at once: by key of the account."""
    people = list(people)
    staff = [person.pk for person in people if person.role in STAFF_ROLES]
    latest = (
        Declaration.objects.filter(user__in=staff)
        .values_list("user", "kind")
        .annotate(day=Max("done_on"))
        .order_by()
    )
    days = {(user, kind): day for user, kind, day in latest} if staff else {}
    return {
        person.pk: [_duty(kind, days.get((person.pk, kind.value))) for kind in Declaration.Kind]
        if person.role in STAFF_ROLES
        else []
        for person in people
    }


def _duty(kind: Declaration.Kind, done_on: datetime.date | None) -> Duty:
    return Duty(kind.value, kind.label, years_after(done_on, 1) if done_on else None, today())


def team_of(*, user: User, region: str = "") -> QuerySet[User]:
    """Whose declarations the person may see: the own team's; those of every team for the national team."""
    staff = User.objects.filter(is_active=True, role__in=STAFF_ROLES).order_by("name", "email")
    if user.role == Role.NATIONAL:
        return staff.filter(region=region) if region else staff
    if user.role == Role.REGIONAL:
        return staff.filter(region=user.region)
    return User.objects.none()


def due_in_team(*, user: User, region: str = "") -> list[User]:
    """Those of the team who have to do something again within 30 days, or should have."""
    people = list(team_of(user=user, region=region))
    duties = duties_of_all(people=people)
    return [person for person in people if any(duty.is_due for duty in duties[person.pk])]


def may_record(*, user: User, person: User) -> bool:
    """May this person record that person's? Nobody their own, but for the only one of the national team."""
    if user.pk == person.pk:
        return is_only_national(user)
    return team_of(user=user).filter(pk=person.pk).exists()


def is_only_national(user: User) -> bool:
    national = User.objects.filter(role=Role.NATIONAL, is_active=True)
    return user.role == Role.NATIONAL and not national.exclude(pk=user.pk).exists()
