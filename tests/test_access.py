"""Who may open what: every address and every kind of visitor. An address without a row fails the suite."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY
from django.db import transaction
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from det.checking import recheck_agency, today
from det.models import Finding
from ndtms.accounts.models import Role
from ndtms.accounts.services import FACTOR_AT, PASSWORD_AT, add_to_agency
from ndtms.keys.kinds import Kind
from ndtms.keys.models import RegisteredKey
from ndtms.keys.services import lend_key
from ndtms.regions.services.access import ask_for_colleague
from ndtms.regions.services.leavers import take_out
from tests.conftest import sign_in
from tests.factories import AgencyFactory, EpisodeFactory, InterventionFactory, UserFactory

pytestmark = pytest.mark.django_db

HERE, NEAR, FAR = "here", "near", "far"
"""The agency that the addresses are about, another of its region, and one of another region."""
REGIONS = {HERE: "London", NEAR: "London", FAR: "South West"}

OWN = frozenset({"data entry here", "lead here"})
AGENCIES = frozenset(
    {"data entry here", "data entry near", "data entry far", "lead here", "lead near"}
)
OWN_REGION = frozenset({"regional here", "national"})
TEAMS = frozenset({"regional here", "regional far", "national"})
EVERYBODY = AGENCIES | TEAMS | {"supplier"}
"""Everybody who is signed in by both factors."""
VISITORS = EVERYBODY | {"signed out", "without second factor"}


@dataclass(frozen=True)
class Row:
    """Who may open an address, with the arguments that name things of the agency `here`."""

    may: frozenset[str]
    arguments: Callable[[Any], list[Any]] = lambda world: []
    method: str = "get"
    data: Callable[[Any], dict[str, Any]] = lambda world: {}
    is_open: bool = False
    """True for the pages of people who are not signed in yet."""


def client(world: Any) -> list[Any]:
    return [world.intervention.client.pk]


def record(world: Any, *more: str | int) -> list[Any]:
    return ["intervention", world.intervention.pk, *more]


AUDITORS = frozenset({"lead here", "lead near"}) | TEAMS


def code(world: Any) -> list[Any]:
    return [world.agencies[HERE].code]


def somebody(world: Any) -> list[Any]:
    """Somebody who works for the agency."""
    return [world.people["data entry here"].pk]


def own_factor(world: Any) -> list[Any]:
    return [Kind.APP, world.app.pk]


def agency(world: Any) -> list[Any]:
    return [world.agencies[HERE].pk]


LEADS = frozenset({"lead here", "lead near"})

TABLE: dict[str, Row] = {
    "sign-in": Row(EVERYBODY, is_open=True),
    "code": Row(EVERYBODY, is_open=True),
    "enrol": Row(EVERYBODY, is_open=True),
    "code-by": Row(EVERYBODY, lambda world: [Kind.APP], is_open=True),
    "enrol-key": Row(EVERYBODY, is_open=True),
    "enrol-code": Row(EVERYBODY, is_open=True),
    "enrol-lent-key": Row(EVERYBODY, is_open=True),
    "ask-access": Row(EVERYBODY, is_open=True),
    "access-asked": Row(EVERYBODY, is_open=True),
    "invitation": Row(EVERYBODY, lambda world: ["no-such-token"], is_open=True),
    "invitation-password": Row(EVERYBODY, is_open=True),
    "sign-out": Row(EVERYBODY, method="post", is_open=True),
    "how-to-sign-in": Row(EVERYBODY, is_open=True),
    "about": Row(EVERYBODY, is_open=True),
    "accessibility": Row(EVERYBODY, is_open=True),
    "privacy": Row(EVERYBODY, is_open=True),
    "contact": Row(EVERYBODY, is_open=True),
    "home": Row(EVERYBODY),
    "choose-agency": Row(AGENCIES),
    "own-sessions": Row(EVERYBODY),
    "password": Row(EVERYBODY),
    "confirm-identity": Row(EVERYBODY),
    "your-factors": Row(EVERYBODY),
    "factor-add-key": Row(EVERYBODY),
    "factor-add-app": Row(EVERYBODY),
    "factor-lent-key": Row(EVERYBODY),
    "factor-rename": Row(frozenset({"data entry here"}), own_factor),
    "factor-remove": Row(frozenset({"data entry here"}), own_factor),
    "check-file": Row(EVERYBODY),
    "data-set": Row(EVERYBODY),
    "rule-book": Row(EVERYBODY),
    "data-item": Row(EVERYBODY, lambda world: ["client", "sex"]),
    "client-list": Row(AGENCIES),
    "fix-list": Row(AGENCIES),
    "client-add": Row(AGENCIES),
    "client": Row(OWN, client),
    "record": Row(OWN, record),
    "episode-end": Row(OWN, lambda world: [world.intervention.episode.pk]),
    "record-add": Row(OWN, lambda world: ["intervention", world.intervention.episode.pk]),
    "record-change": Row(OWN, lambda world: record(world, "all")),
    "record-delete": Row(OWN, record),
    "record-undo": Row(OWN, lambda world: record(world, 1)),
    "record-restore": Row(OWN, lambda world: ["intervention", world.deleted.pk], method="post"),
    "finding-explain": Row(
        OWN,
        lambda world: [
            world.warning.record,
            world.warning.key,
            world.warning.item.partition(".")[2],
        ],
    ),
    "transfer": Row(AGENCIES),
    "transfer-file": Row(AGENCIES, method="post"),
    "audit": Row(AUDITORS),
    "audit-file": Row(AUDITORS, method="post"),
    "viewed-with-reason": Row(AUDITORS),
    "agency-quality": Row(OWN_REGION, code),
    "client-with-reason": Row(OWN_REGION, code),
    "key-register": Row(TEAMS),
    "key-add": Row(TEAMS),
    "key": Row(OWN_REGION, lambda world: [world.key.pk]),
    "key-lend": Row(OWN_REGION, lambda world: [world.key.pk]),
    "key-replace": Row(OWN_REGION, lambda world: [world.lent.pk]),
    "key-people": Row(TEAMS),
    "person-factors": Row(OWN_REGION, somebody),
    "factor-reset": Row(OWN_REGION, somebody),
    "resets-waiting": Row(TEAMS),
    "region": Row(TEAMS),
    "agency-add": Row(TEAMS),
    "agency": Row(OWN_REGION, agency),
    "agency-change": Row(OWN_REGION, agency),
    "agency-close": Row(OWN_REGION, agency),
    "agency-invite-lead": Row(OWN_REGION, agency),
    "region-people": Row(TEAMS),
    "person-add": Row(frozenset({"national"})),
    "person": Row(OWN_REGION, somebody),
    "access-requests": Row(TEAMS),
    "access-request": Row(OWN_REGION, lambda world: [world.asked.pk]),
    "declarations": Row(TEAMS),
    "declaration": Row(OWN_REGION, lambda world: [world.colleague.pk]),
    "agency-people": Row(LEADS),
    "agency-people-ask": Row(LEADS),
    "leaver": Row(OWN_REGION | {"lead here"}, somebody),
    "leaver-receipt": Row(OWN_REGION, lambda world: [world.leaver.pk]),
}


def named(patterns: list[Any]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from named(pattern.url_patterns)
        else:
            assert isinstance(pattern, URLPattern)
            yield str(pattern.name)


def test_every_address_has_a_row() -> None:
    addresses = list(named(get_resolver().url_patterns))
    assert len(addresses) == len(set(addresses))
    assert set(addresses) == set(TABLE)


@pytest.fixture
def world() -> Any:
    """An agency here with a client, other agencies, and somebody of each role at each."""
    agencies = {
        place: AgencyFactory(region=region, provider="Trust") for place, region in REGIONS.items()
    }
    episode = EpisodeFactory(client__agency=agencies[HERE])
    made = SimpleNamespace(
        agencies=agencies,
        intervention=InterventionFactory(episode=episode),
        deleted=InterventionFactory(episode=episode, deleted_at=episode.created_at),
    )
    for agency in agencies.values():
        recheck_agency(agency)
    made.warning = Finding.objects.filter(severity="warning").first()
    people = {
        **{
            f"{name} {place}": UserFactory(role=role, agency=agencies[place])
            for name, role in (("data entry", Role.DATA_ENTRY), ("lead", Role.LEAD))
            for place in (HERE, NEAR, FAR)
        },
        **{
            f"regional {place}": UserFactory(role=Role.REGIONAL, region=REGIONS[place])
            for place in (HERE, FAR)
        },
        "national": UserFactory(role=Role.NATIONAL),
        "supplier": UserFactory(role=Role.SUPPLIER),
    }
    # Somebody has to choose.
    add_to_agency(
        user=people["lead near"], agency=AgencyFactory(region=REGIONS[NEAR], provider="Trust")
    )
    made.people = people
    made.app = TOTPDevice.objects.create(user=people["data entry here"], name="App")
    made.colleague = UserFactory(role=Role.REGIONAL, region=REGIONS[HERE])
    made.key, made.lent = (
        RegisteredKey.objects.create(
            serial=serial, kind=RegisteredKey.Kind.FIDO2, region=REGIONS[HERE]
        )
        for serial in ("K-1", "K-2")
    )
    lend_key(
        by=people["regional here"],
        key=made.lent,
        holder=people["lead here"],
        signed_on=today(),
        signed_by="Pat Example",
    )
    made.lent.refresh_from_db()
    made.asked = ask_for_colleague(
        by=people["lead here"], name="New", email="new@example.org", purpose="Data entry"
    )
    made.leaver = UserFactory(agency=agencies[HERE])
    take_out(by=people["regional here"], person=made.leaver)
    return made


def visit(visitor: str, world: Any) -> Browser:
    browser = Browser()
    if visitor == "signed out":
        return browser
    if visitor == "without second factor":
        # Somebody whose own data it would be.
        browser.force_login(
            world.people["data entry here"], backend="django.contrib.auth.backends.ModelBackend"
        )
        assert BACKEND_SESSION_KEY in browser.session
        return browser
    user = world.people[visitor]
    sign_in(browser, user)
    session = browser.session
    # The password was entered again, and a factor used, just now.
    session[PASSWORD_AT] = session[FACTOR_AT] = time.time()
    session.save()
    if user.memberships.count() > 1:
        session = browser.session
        session["agency"] = world.agencies[NEAR].pk
        session.save()
    return browser


@pytest.mark.parametrize("name", sorted(TABLE))
def test_access(world: Any, name: str) -> None:
    """Whoever may gets the page, or is led onwards; others do not find it, or have to sign in first."""
    row = TABLE[name]
    for visitor in sorted(VISITORS):
        before = transaction.savepoint()
        browser = visit(visitor, world)
        address = reverse(name, args=row.arguments(world))
        response = getattr(browser, row.method)(address, row.data(world))
        transaction.savepoint_rollback(before)
        place = response.headers.get("Location", "")
        told = f"{visitor} at {name}: {response.status_code} {place}"
        if row.is_open:
            # An invitation that nobody wrote is not found.
            assert response.status_code in (200, 302, 404), told
        elif visitor in ("signed out", "without second factor"):
            assert response.status_code == 302, told
            assert place.startswith("/sign-in/?next="), told
        elif visitor in row.may:
            assert response.status_code in (200, 302, 409), told
            assert not place.startswith("/sign-in/"), told
        else:
            assert response.status_code == 404, told
