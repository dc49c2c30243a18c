"""How many queries the pages with lists may take: a number each, and the same however long the lists are.

The pages of the caseload have their own tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from det.checking import recheck_agency, today
from det.models import RECORDS, Record
from det.pages import pages_of
from ndtms.accounts.models import Role
from ndtms.accounts.services import add_to_agency
from ndtms.keys.models import RegisteredKey
from ndtms.keys.services import lend_key
from ndtms.regions.services.access import ask_for_colleague
from ndtms.regions.services.leavers import take_out
from tests.factories import (
    AgencyFactory,
    ClientInformationReviewFactory,
    EpisodeFactory,
    InterventionFactory,
    OutcomesProfileFactory,
    SubInterventionReviewFactory,
    UserFactory,
)
from tests.test_access import HERE, REGIONS, TABLE, visit, world

__all__ = ["world"]

pytestmark = pytest.mark.django_db
OF_EPISODE = (
    InterventionFactory,
    SubInterventionReviewFactory,
    OutcomesProfileFactory,
    ClientInformationReviewFactory,
)
BUDGETS: dict[tuple[str, str], int] = {
    ("choose-agency", "lead near"): 14,
    ("own-sessions", "data entry here"): 15,
    ("your-factors", "data entry here"): 23,
    ("record", "data entry here"): 21,
    ("record-change", "data entry here"): 18,
    ("record-delete", "data entry here"): 21,
    ("transfer", "data entry here"): 20,
    ("audit", "lead here"): 16,
    ("audit", "national"): 17,
    ("viewed-with-reason", "lead here"): 14,
    ("agency-people", "lead here"): 17,
    ("agency-quality", "regional here"): 20,
    ("key-register", "regional here"): 16,
    ("key-register", "national"): 16,
    ("key", "regional here"): 14,
    ("key-lend", "regional here"): 14,
    ("key-people", "regional here"): 17,
    ("person-factors", "regional here"): 20,
    ("region", "regional here"): 26,
    ("region", "national"): 26,
    ("agency", "regional here"): 16,
    ("region-people", "regional here"): 16,
    ("region-people", "national"): 16,
    ("person", "regional here"): 22,
    ("access-requests", "regional here"): 15,
    ("declarations", "regional here"): 16,
    ("leaver", "regional here"): 17,
    ("leaver-receipt", "regional here"): 17,
}
"""Name of a page, who opens it -> queries at most: on PostgreSQL, which is also told whose rows may be seen."""


def grow(world: Any, number: int = 3) -> None:
    """More of everything that a list can be of."""
    agency, lead, team = world.agencies[HERE], world.people["lead here"], world.people
    worker, national = team["data entry here"], team["national"]
    for count in range(number):
        episode = EpisodeFactory(client__agency=agency)
        InterventionFactory(episode=episode)
        InterventionFactory(episode=world.intervention.episode)
        near = AgencyFactory(region=REGIONS[HERE], provider="Trust")
        add_to_agency(user=team["lead near"], agency=near)
        colleague = UserFactory(agency=agency)
        add_to_agency(user=colleague, agency=near)
        UserFactory(role=Role.REGIONAL, region=REGIONS[HERE])
        for person in (worker, colleague):
            TOTPDevice.objects.create(user=person, name=f"App {count}", confirmed=True)
        lent, _ = (
            RegisteredKey.objects.create(
                serial=f"M-{count}-{name}", kind=RegisteredKey.Kind.FIDO2, region=REGIONS[HERE]
            )
            for name in ("lent", "free")
        )
        lend_key(by=national, key=lent, holder=colleague, signed_on=today(), signed_by="Pat")
        ask_for_colleague(by=lead, name="New", email=f"new{count}@example.org", purpose="Data")
        take_out(by=team["regional here"], person=UserFactory(agency=agency))
        visit("data entry here", world).get(reverse("client", args=[episode.client.pk]))
    recheck_agency(agency)


def queries(browser: Browser, address: str) -> int:
    assert browser.get(address).status_code == 200, address
    with CaptureQueriesContext(connection) as done:
        browser.get(address)
    return len(done)


def test_pages_take_few_queries_and_no_more_when_lists_are_longer(world: Any) -> None:
    def measure() -> dict[tuple[str, str], int]:
        # Signed in anew for each page: on a slow machine a session may end before its turn.
        return {
            (name, visitor): queries(
                visit(visitor, world), reverse(name, args=TABLE[name].arguments(world))
            )
            for name, visitor in BUDGETS
        }

    few = measure()
    grow(world)
    many = measure()
    assert {page: (few[page], many[page]) for page in BUDGETS if few[page] != many[page]} == {}
    assert {page: many[page] for page in BUDGETS if many[page] > BUDGETS[page]} == {}


A_FORM = 15
"""Queries at most of any page of a record's form, on PostgreSQL."""


def forms(record: Record) -> Iterator[str]:
    """The addresses of the pages of a record's form, and of another record beside it."""
    for page in pages_of(record.section, record.agency.dataset):
        yield reverse("record-change", args=[record.section, record.pk, page.id])
    if record.parent is None:
        yield reverse("client-add")
    else:
        yield reverse("record-add", args=[record.section, record.parent.pk])


def test_forms_take_few_queries_and_no_more_when_the_client_has_more(
    verified: Browser, user: Any
) -> None:
    episode = EpisodeFactory(client__agency=user.agency)
    made = [episode.client, episode, *(make(episode=episode) for make in OF_EPISODE)]
    assert {record.section for record in made} == RECORDS.keys()
    addresses = [address for record in made for address in forms(record)]
    few = [queries(verified, address) for address in addresses]
    for _ in range(3):
        for make in OF_EPISODE:
            make(episode=episode)
            make(episode=EpisodeFactory(client=episode.client))
    recheck_agency(user.agency)
    assert [queries(verified, address) for address in addresses] == few
    assert max(few) <= A_FORM
