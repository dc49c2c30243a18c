"""Writes: accounts that nobody signs in to."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from ndtms.accounts.models import User
from ndtms.keys.factors import lock
from ndtms.regions import mails, selectors
from ndtms.regions.models import Standing
from ndtms.regions.services.people import close_account
from ndtms.regions.services.shared import note


def warn_dormant() -> int:
    """Tells everybody who has not signed in for 60 days, once, that the account will be disabled. How many."""
    unseen = selectors.unseen_for(User.objects.all(), selectors.DORMANT_AFTER)
    unwarned = Q(standing__warned_at=None) | Q(standing__warned_at__lt=F("last_seen"))
    # Who has not set a password yet cannot do what the mail says.
    people = unseen.filter(unwarned).exclude(selectors.WITHOUT_PASSWORD)
    people = people.filter(last_seen__gt=timezone.now() - selectors.DISABLED_AFTER)
    for person in people:
        _warn(person)
    return len(people)


def disable_dormant() -> int:
    """Disables every account that nobody has signed in to for 90 days. How many."""
    people = list(selectors.unseen_for(User.objects.all(), selectors.DISABLED_AFTER))
    for person in people:
        with transaction.atomic():
            close_account(by=None, person=lock(user=person), why="dormant")
    return len(people)


@transaction.atomic
def _warn(person: Any) -> None:
    """`person`: as unseen_for gives them, with `last_seen`."""
    Standing.objects.update_or_create(user=person, defaults={"warned_at": timezone.now()})
    note(by=None, verb="warned of dormant account", about=person.pk)
    ends_at = person.last_seen + selectors.DISABLED_AFTER
    mails.send("dormant", to=person.email, person=person, ends_at=ends_at)


@transaction.atomic
def count_from_now(*, person: User) -> None:
    """Days without signing in count from now on; for made-up accounts, which nobody administers."""
    Standing.objects.update_or_create(user=person, defaults={"counted_from": timezone.now()})
